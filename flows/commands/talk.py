"""How the commands speak: data on stdout, talk on stderr."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Literal

from schemas.errors import WrongUsage

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
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
        put(json.dumps(row, default=_as_text))


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
    target = StringIO()
    writer = csv.writer(target, lineterminator="\n")
    if has_header:
        writer.writerow(guarded(name) for name in frame.columns)
    writer.writerows([guarded(cell) for cell in row] for row in frame.iter_rows())
    return target.getvalue()


def guarded(cell: object) -> str:
    """A cell for a spreadsheet: text cannot become a formula, numbers stay numbers."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return cell_text(cell)


def cell_text(cell: object) -> str:
    """Any value as text: money exact, days in ISO 8601, null empty."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case str():
            return cell
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M:%S%z}"
        case _:
            return _as_text(cell)


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


def _as_text(value: object) -> str:
    match value:
        case Decimal() if value.as_tuple().exponent == 0:
            return f"{value:f}"  # a count, such as DuckDB's sum of integers
        case Decimal():
            from schemas.money import plain  # loads polars, which a help page can do without

            return plain(value) or ""
        case date() | datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)
