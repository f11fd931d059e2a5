"""A small file of every format and layout, to be cut and damaged."""

from collections.abc import Iterator
from pathlib import Path

from schemas.errors import FileError
from tasks.extract.identify import identify
from tasks.extract.source import Format, Source

HOME = Path(__file__).parents[1]
TABLES = ("transactions.csv", "statements.csv", "findings.csv", "details.csv", "files.csv")
BINARY = ("xlsx", "pdf")
"""Packed: their readers hand bytes to a library before they see text."""


def seeds() -> Iterator[tuple[Format, str, bytes]]:
    """A small file of every format and layout, with the reader that takes it."""
    folders = [*sorted((HOME / "examples").glob("*/*")), *sorted((HOME.parent / "banks").glob("*"))]
    samples = sorted((HOME.parents[3] / "data" / "samples").rglob("*.*"))
    taken: dict[tuple[str, str], int] = {}
    for path in [*(one for folder in folders for one in sorted(folder.iterdir())), *samples]:
        if path.name in (*TABLES, "records.csv") or not path.is_file():
            continue
        data = path.read_bytes()
        try:
            found = identify(Source(0, path.name, data, path.name))
        except FileError:
            continue
        key = (found.format.name, found.layout)
        if taken.setdefault(key, 0) < 1 and len(data) < 64 * 1024:
            taken[key] += 1
            yield found.format, found.layout, data


SEEDS = list(seeds())
FIRST = list({one.name: (one, layout, data) for one, layout, data in reversed(SEEDS)}.values())
