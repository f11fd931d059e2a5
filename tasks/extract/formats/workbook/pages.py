"""What a workbook holds, whichever way it is stored: pages of rows of cells."""

import re
import struct
import zlib
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from zipfile import BadZipFile

Cell = str | Decimal | datetime

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384

BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What a library raises from within when the bytes of a workbook are damaged."""

_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_MONEY = re.compile(r"[-+(\u2212]?\s*(?:\d[\d.,' ]*)?[.,]\d\d\)?-?")
_SHOWN = Context(prec=15)
_FIRST_DAYS = {
    False: datetime.fromisoformat("1899-12-30"),
    True: datetime.fromisoformat("1904-01-01"),
}
_LAST_SERIAL = Decimal(2_958_466)
_SECONDS = 86_400


@dataclass(frozen=True)
class Row:
    """A row that has at least one cell with content.

    Attributes:
        number: 1-based, as the spreadsheet program shows it.
        cells: text, numbers and dates by column, from 0.
        is_hidden: a person who opens the workbook does not see the row, or its whole sheet.
    """

    number: int
    cells: dict[int, Cell]
    is_hidden: bool


@dataclass(frozen=True)
class Page:
    """A sheet of a workbook.

    Attributes:
        number: 1-based, in the order of the tabs.
        rows: the rows with content, from top to bottom.
        row_count: how many they are, by a count that is independent of the reading.
    """

    number: int
    rows: tuple[Row, ...]
    row_count: int


def with_merged_days(
    rows: Sequence[Row], merged: Iterable[tuple[int, int, int]]
) -> tuple[Row, ...]:
    """The rows, with the day of a cell that spans several of them in each that states money.

    Args:
        rows: the rows of a sheet.
        merged: first row, last row and first column of each area of merged cells.
    """
    known = {row.number: row for row in rows}
    numbers, ends = list(known), dict[int, int]()
    for first, last, column in sorted(merged):
        if first <= ends.get(column, 0):
            continue  # areas that lie over each other are no spreadsheet program's
        ends[column] = last
        top = known[first].cells.get(column) if first in known else None
        if top is not None and is_day(top):
            for number in numbers[bisect(numbers, first) : bisect(numbers, last)]:
                row = known[number]
                if any(map(is_money, row.cells.values())):
                    known[number] = replace(row, cells={**row.cells, column: top})
    return tuple(known.values())


def is_day(cell: Cell) -> bool:
    """Whether a cell is a day and nothing else."""
    return isinstance(cell, datetime) or (
        isinstance(cell, str) and bool(_DAY.fullmatch(cell.strip()))
    )


def is_money(cell: Cell) -> bool:
    """Whether a cell is a number, or text that is an amount with cents."""
    return isinstance(cell, Decimal) or (
        isinstance(cell, str) and bool(_MONEY.fullmatch(cell.strip()))
    )


def number_of(text: str) -> Decimal:
    """The number of a cell: Excel shows 15 digits, what lies behind them is noise of doubles.

    A whole number has no such noise, and may be an account; programs write it as 12345.0 as well.
    """
    stored = Decimal(text)
    if text.isdecimal():
        return stored
    if stored == stored.to_integral_value():
        return stored.normalize()
    shown = _SHOWN.create_decimal(text)
    return stored if stored == shown else shown.normalize()


def date_of(serial: Decimal, *, is_1904: bool) -> datetime | None:
    """The day and time that a serial number means; null where it means none.

    Excel believes that 1900 was a leap year, so the first two months lie one day off.
    """
    if not 1 <= serial < _LAST_SERIAL:
        return None
    if not is_1904 and serial < 60:
        serial += 1
    days = int(serial)
    seconds = round((serial - days) * _SECONDS)
    return _FIRST_DAYS[is_1904] + timedelta(days=days, seconds=seconds)


def printed(cell: Cell, date_format: str, decimal_mark: str) -> str:
    """A cell as text: numbers and dates as the bank would write them in a file of text."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", decimal_mark)
    return day(cell).strftime(date_format)


def as_shown(cell: Cell) -> str:
    """A cell as text that says all of it, with the time of a date."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    has_time = cell.hour or cell.minute or cell.second
    return cell.isoformat(sep=" ") if has_time else day(cell).isoformat()


def day(cell: datetime) -> date:
    """The civil date of a cell, as printed: no zone moves it."""
    return cell.date()
