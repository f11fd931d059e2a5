"""Swap a sealed generation in: readers never wait, and never see half a night.

marts/
  buffet.duckdb -> generations/<id>.duckdb     what analysts open
  generations/<id>.duckdb                      the last few nights, read-only
  .build/                                      where the next one is made
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from schemas.errors import PublishError
from warehouse.marts.builder import Built
from warehouse.marts.digest import digest, hashed, tables
from warehouse.marts.durable import beside, point, sync
from warehouse.marts.meaning import read_kept
from warehouse.marts.reader import connect, first_line

LINK = "buffet.duckdb"
GENERATIONS = "generations"
BUILD = ".build"

_READ_ONCE = "256MB"
"""What is read once need not be kept; DuckDB keeps it for as long as there is room."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Published:
    """The generation that analysts see now.

    Attributes:
        generation: its id.
        previous: the one they saw before, or null.
        path: its file.
        link: the path that analysts open.
    """

    generation: str
    previous: str | None
    path: Path
    link: Path


def generation_id(built_at: datetime, run_id: str) -> str:
    """The id of a generation: the UTC second, then the run, so that later ones sort later."""
    return f"{built_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{run_id}"


def build_path(marts: Path, generation: str) -> Path:
    """Where a generation is built, on the same disk as the published ones."""
    return marts / BUILD / f"{generation}.duckdb"


def publish(
    built: Path,
    marts: Path,
    generation: str,
    *,
    made: Built | None = None,
) -> Published:
    """Verify a sealed file, move it among the generations, and swap it in.

    When a night was killed after the move, call it again: the moved file is verified and shown.

    Args:
        built: the file.
        marts: the folder of the marts.
        generation: its id.
        made: see `verify`.

    Raises:
        PublishError: the file is damaged, is another generation, or cannot be moved; then analysts
            go on reading what they read before.
    """
    if not _ID.fullmatch(generation):
        raise PublishError(generation, "cannot be a file name", "use letters, digits, . _ and -")
    final = _file(marts, generation)
    try:
        if final.exists() and built.exists():
            raise PublishError(generation, "is among the generations already", "build a new one")
        if final.exists():
            verify(final, generation, made=made)
        else:
            verify(built, generation, made=made)
            final.parent.mkdir(parents=True, exist_ok=True)
            built.rename(final)
            sync(final.parent)
        return _swap(marts, generation)
    except OSError as error:
        raise PublishError(
            generation, f"could not be published: {error.strerror}", "mend the disk, then run again"
        ) from error


def verify(path: Path, generation: str, *, made: Built | None = None) -> None:
    """Read every row of every mart and compare with the file's own manifest.

    What this process has just made is compared by its hashes, in a twentieth of the time. Where it
    brought a generation up to date, rows are counted only: most of the file is a copy, each block
    of which DuckDB reads against its checksum whenever anybody reads it.

    Args:
        path: the file.
        generation: what it must be.
        made: what this process knows of the file, if it has made it.

    Raises:
        PublishError: a block is damaged, a row differs, or the file is another generation.
    """
    if beside(path, ".wal").exists():
        raise PublishError(path.name, "has a .wal beside it: it was not sealed", "build it again")
    reads_all = made is None or made.hashes is not None
    measured = "digest" if reads_all else "row_count"
    try:
        with connect(path, memory_limit=_READ_ONCE) as con:
            rows = con.execute(f"SELECT generation, mart, {measured} FROM _manifest").fetchall()  # noqa: S608
            stated: Mapping[str, object] = {mart: value for _, mart, value in rows}
            measure: Callable[[duckdb.DuckDBPyConnection, str], object]
            measure = digest if reads_all else _count
            if made is not None and made.hashes is not None:
                stated, measure = made.hashes, hashed
            found = {mart: measure(con, mart) for mart in tables(con)}
            if reads_all:
                read_kept(con)
    except duckdb.Error as error:
        raise PublishError(
            path.name, f"is damaged: {first_line(error)}", "build it again"
        ) from error
    names = {row[0] for row in rows}
    if names != {generation}:
        raise PublishError(
            path.name, f"holds generation {', '.join(sorted(names))}", f"publish {generation}"
        )
    differing = sorted(
        mart for mart in stated.keys() | found.keys() if stated.get(mart) != found.get(mart)
    )
    if differing:
        raise PublishError(
            path.name, f"differs from what was written: {', '.join(differing)}", "build it again"
        )


def _count(con: duckdb.DuckDBPyConnection, mart: str) -> int:
    ((rows,),) = con.execute(f'SELECT count(*) FROM "{mart}"').fetchall()  # noqa: S608
    return int(rows)


def current(marts: Path) -> str | None:
    """The id of the generation that analysts see, or null before the first publication."""
    link = marts / LINK
    return link.readlink().stem if link.is_symlink() else None


def generations(marts: Path) -> tuple[str, ...]:
    """The ids of all generations that are kept, oldest first."""
    return tuple(sorted(path.stem for path in (marts / GENERATIONS).glob("*.duckdb")))


def rollback(marts: Path, to: str | None = None) -> Published:
    """Show analysts an earlier generation again, after reading all of it.

    Args:
        marts: the folder of the marts.
        to: the generation to show; the one before the current one if not given.

    Raises:
        PublishError: there is no such generation, or it is damaged.
    """
    now = current(marts)
    kept = generations(marts)
    if to is None:
        older = [generation for generation in kept if now is not None and generation < now]
        if not older:
            raise PublishError("marts", "there is no earlier generation", "publish a new one")
        to = older[-1]
    elif to not in kept:
        raise PublishError(to, "is not among the generations", f"choose from {', '.join(kept)}")
    verify(_file(marts, to), to)
    try:
        return _swap(marts, to)
    except OSError as error:
        raise PublishError(
            to, f"could not be published: {error.strerror}", "mend the disk, then try again"
        ) from error


def prune(marts: Path, keep: int) -> tuple[str, ...]:
    """Remove old generations: the current one and the `keep` - 1 before it stay, newer ones too.

    Readers that have an old generation open keep it until they close it.

    Returns:
        the ids that were removed, oldest first.
    """
    assert keep >= 1, "the current generation is always kept"  # noqa: S101
    now = current(marts)
    if now is None:
        return ()
    doomed = [generation for generation in generations(marts) if generation <= now][:-keep]
    for generation in doomed:
        if generation != now:
            _file(marts, generation).unlink()
    return tuple(doomed)


def clean(marts: Path) -> tuple[Path, ...]:
    """Remove what killed builds and publications left behind; call it only while none is running.

    Returns:
        what was removed.
    """
    leftovers = [*(marts / BUILD).glob("*"), *marts.glob(f".{LINK}.*")]
    for path in leftovers:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    wals = [marts / f"{LINK}.wal", *(marts / GENERATIONS).glob("*.wal")]
    return (*leftovers, *_unlinked(wals))


def _file(marts: Path, generation: str) -> Path:
    return marts / GENERATIONS / f"{generation}.duckdb"


def _swap(marts: Path, generation: str) -> Published:
    link = marts / LINK
    if link.exists() and not link.is_symlink():
        raise PublishError(str(link), "is a file, not a link", "move it away, then publish again")
    previous = current(marts)
    final = _file(marts, generation)
    # DuckDB refuses to open a file that has a .wal of another file beside it.
    _unlinked([beside(link, ".wal"), beside(final, ".wal")])
    point(link, Path(GENERATIONS) / final.name)
    return Published(generation, previous, final, link)


def _unlinked(paths: Iterable[Path]) -> tuple[Path, ...]:
    there = tuple(path for path in paths if os.path.lexists(path))
    for path in there:
        path.unlink()
    return there
