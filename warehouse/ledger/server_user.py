"""Who runs the embedded server, and where it may keep its data.

Postgres refuses to run as root. So root runs it as the owner of the ledger's home. Where that is
root as well, the server runs as the user `postgres` or `nobody`, in a group that nobody else is in,
and only root and that group enter the ledger's folder. No user is ever created, and no folder that
we did not make gets other permissions.
"""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import LedgerUnavailable

SHARED = Path("/var/lib/better-call-buffet")
"""What root keeps for a user who cannot enter root's own folders."""

_GROUP = 60900  # in a range that no distribution and no systemd service hands out


@dataclass(frozen=True)
class ServerUser:
    """The user and group that run the server when we are root."""

    uid: int
    gid: int

    def fence(self, folder: Path) -> None:
        """Let nobody but this user (and root) into a folder that we have just made."""
        is_service = self.gid == _GROUP
        os.chown(folder, 0 if is_service else self.uid, self.gid)
        folder.chmod(0o770 if is_service else 0o700)

    def can_enter(self, folder: Path) -> bool:
        """Whether all folders down to this one let the user pass."""
        return run(["/bin/sh", "-c", 'cd "$1"', "sh", folder], self)[0] == 0


def user_for(home: Path) -> ServerUser | None:
    """Who runs the server of this home; None is ourselves.

    Raises:
        LedgerUnavailable: we are root, and there is nobody else to run it.
    """
    if os.geteuid() != 0:
        return None
    place = home / "postgres"
    for folder in (place / "data", place, home):
        if not folder.exists():
            continue
        mark = folder.stat()
        if mark.st_uid != 0:
            return ServerUser(mark.st_uid, mark.st_gid)
        if mark.st_gid == _GROUP:
            break
    for name in ("postgres", "nobody"):
        try:
            return ServerUser(pwd.getpwnam(name).pw_uid, _GROUP)
        except KeyError:
            continue
    raise LedgerUnavailable(
        "ledger server",
        "Postgres does not run as root, and there is no user postgres or nobody to run it as",
        "run this as an ordinary user",
    )


def make_place(home: Path, user: ServerUser | None) -> Path:
    """The folder of the cluster, its log and its socket: home/postgres, made where needed.

    Where the user cannot enter `home` (only root may), it is a new folder under SHARED, and
    home/postgres is a link to it. A ledger must outlive a restart of the machine, so no temporary
    folder will do. A link shows a person where the data is and moves with `home`; when its target
    is gone we say so and never begin an empty ledger instead.

    Raises:
        LedgerUnavailable: the folder is gone, is somebody else's, or is out of the user's reach.
    """
    place = home / "postgres"
    if not place.is_symlink():
        if user is None or place.exists() or user.can_enter(home):
            place.mkdir(mode=0o700, exist_ok=True)
        else:
            _lay_elsewhere(place, user)
    if not place.is_dir():
        raise LedgerUnavailable(
            str(place),
            f"the ledger's folder is not there: {place.resolve()}",
            f"bring that folder back, or remove {place} to begin with an empty ledger",
        )
    if user:
        _fence_in(place, user)
    return place.resolve()


def shared() -> Path:
    """The folder SHARED, made where needed: only root writes there, everybody may read."""
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o755)
    return SHARED


def run(
    command: Sequence[str | Path],
    user: ServerUser | None,
    *,
    cwd: Path = Path("/"),
    data: Path | None = None,
    keep: Sequence[int] = (),
) -> tuple[int, str]:
    """Run a program, as the user if there is one; give its exit code and all that it said.

    Args:
        command: the program and its words; no shell reads them.
        user: who runs it; None is ourselves.
        cwd: the folder in which it starts.
        data: the cluster that it works on (PGDATA).
        keep: open files that it inherits.

    Raises:
        OSError: the program cannot be run by that user.
    """
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    if data:
        environment["PGDATA"] = str(data)
    with tempfile.TemporaryFile() as said:  # a pipe would stay open as long as the server runs
        done = subprocess.run(
            command,
            check=False,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            pass_fds=keep,
        )
        said.seek(0)
        return done.returncode, said.read().decode(errors="replace")


def _lay_elsewhere(place: Path, user: ServerUser) -> None:
    folder = Path(tempfile.mkdtemp(prefix="ledger-", dir=shared()))
    user.fence(folder)
    try:
        place.symlink_to(folder)
    except FileExistsError:
        folder.rmdir()  # another command was quicker


def _fence_in(place: Path, user: ServerUser) -> None:
    """Fence a new place; refuse a folder to which root was led by somebody else's link."""
    mark = place.stat()
    is_new = mark.st_uid == 0 and mark.st_gid != _GROUP
    if place.lstat().st_uid not in (0, mark.st_uid) or (is_new and any(place.iterdir())):
        raise LedgerUnavailable(
            str(place),
            "this folder was not made for a ledger",
            "name another home, or move the folder away",
        )
    if is_new:
        user.fence(place.resolve())
    if not user.can_enter(place.resolve()):
        raise LedgerUnavailable(
            str(place),
            f"the user with number {user.uid}, who runs the server, cannot enter it",
            "let that user pass all folders above it, or run this as an ordinary user",
        )
