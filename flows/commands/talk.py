"""How the commands speak: data on stdout, talk on stderr."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from schemas.cells import as_text, guarded
from schemas.cells import cell_text as cell_text  # noqa: PLC0414  commands call it talk.cell_text
from schemas.errors import WrongUsage

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

_NUMBER = re.compile(r"(-?[\d,]+(\.\d+)?)?")
_UNFOLDED = 100_000


def say(text: str) -> None:
    """Tell the person something; it goes to stderr."""
    print(printable(text, keeps_lines=True), file=sys.stderr)  # noqa: T201


def put(text: str) -> None:
    """Write data to stdout, a line of it."""
    sys.stdout.write(text + "\n")


def put_json(rows: Iterable[object]) -> None:
    """Write one JSON object a line; money and days as text, never as a float."""
    for row in rows:
        put(json.dumps(row, default=as_text))


def put_rows(rows: Sequence[Mapping[str, object]], *, title: str = "", empty: str = "") -> None:
    """Write rows of one shape as a table; cells fold, nothing of them is lost."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if not rows:
        if empty:
            say(empty)
        return
    heading = Text(title) if title else None
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title=heading, title_justify="left")
    for name in rows[0]:
        are_numbers = all(_NUMBER.fullmatch(cell_text(row[name])) for row in rows)
        side: Literal["right", "left"] = "right" if are_numbers else "left"
        table.add_column(Text(name), justify=side, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell_text(cell))) for cell in row.values()))
    _stdout().print(table)


def csv_text(frame: "pl.DataFrame", *, has_header: bool = True) -> str:
    """A frame as CSV that a spreadsheet may open: text that begins like a formula is quoted by '.

    Null is an empty cell. Amounts and days are written as they are, without superfluous zeros.

    Raises:
        WrongUsage: a column holds lists or records, which a CSV cannot.
    """
    if nested := [name for name, dtype in frame.schema.items() if dtype.is_nested()]:
        raise WrongUsage(nested[0], "the column holds lists or records", "unnest it, or use --json")
    lines = _Lines()
    # What csv.writer ends lines with, it quotes within a cell: both signs, whichever Python it is.
    writer = csv.writer(lines, lineterminator="\r\n")
    if has_header:
        writer.writerow(guarded(name) for name in frame.columns)
    writer.writerows([guarded(cell) for cell in row] for row in frame.iter_rows())
    return "".join(lines.written)


class _Lines:
    """Takes lines of a CSV that end in CR LF, and keeps them with LF alone."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, line: str) -> None:
        self.written.append(line.removesuffix("\r\n") + "\n")


def printable(text: str, *, keeps_lines: bool = False) -> str:
    """Text that cannot move the cursor or colour the terminal, whatever a bank printed in it."""
    return "".join(c if c.isprintable() or (keeps_lines and c == "\n") else " " for c in text)


def is_watched() -> bool:
    """Is a person looking at stderr, who would like to see a bar?"""
    return sys.stderr.isatty()


def _stdout() -> "Console":
    """A console on today's stdout; into a pipe or a file, lines are as long as they are."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _UNFOLDED
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)
