"""rates.csv of the data home: exchange rates that somebody looked up, each with its source.

    day,currency,quote_currency,rate,source
    2026-03-31,USD,BRL,5.4321,PTAX

One unit of `currency` was worth `rate` of `quote_currency` at the end of that day.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO

import polars as pl

from schemas.errors import SettingsError
from schemas.rates import EXCHANGE_RATE

NAME = "rates.csv"
HEADER = ("day", "currency", "quote_currency", "rate", "source")

_RATE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,12})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_Row = tuple[date, str, str, Decimal, str, int]


def read_rates(text: str | None) -> pl.DataFrame:
    """The rates of a file.

    Args:
        text: of rates.csv; null where there is none.

    Returns:
        EXCHANGE_RATE, in the order of the file.

    Raises:
        SettingsError: a line cannot be understood, or one source tells a day twice.
    """
    rows = [] if text is None else list(_rows(text))
    _insist_on_one(rows)
    return pl.DataFrame(rows, schema=EXCHANGE_RATE, orient="row")


def _rows(text: str) -> Iterator[_Row]:
    lines = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, [])
        if tuple(header) != HEADER:
            raise _wrong(1, "the header is another one", f"begin with {','.join(HEADER)}")
        yield from (_row(cells, lines.line_num) for cells in lines if cells)
    except csv.Error as error:
        raise _wrong(lines.line_num, f"not CSV: {error}", "write a comma between cells") from error


def _row(cells: list[str], line: int) -> _Row:
    if len(cells) != len(HEADER):
        raise _wrong(line, f"{len(cells)} cells, not {len(HEADER)}", f"write {','.join(HEADER)}")
    day, currency, quote, rate, source = (cell.strip() for cell in cells)
    for code in (currency, quote):
        if not _CURRENCY.fullmatch(code):
            raise _wrong(line, f'"{code}" is no currency', "write three capital letters, as USD")
    if currency == quote:
        raise _wrong(
            line, f"{currency} is quoted in itself", "name the currency it is worth so much of"
        )
    if not source:
        raise _wrong(line, "nobody says so", "name the source, such as PTAX or ECB")
    return _day(day, line), currency, quote, _rate(rate, line), source, line


def _day(text: str, line: int) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _wrong(line, f'"{text}" is no day', "write it as 2026-03-31")


def _rate(text: str, line: int) -> Decimal:
    if not _RATE.fullmatch(text) or not Decimal(text):
        raise _wrong(
            line,
            f'"{text}" is no rate',
            "write a number above zero with a point, as 5.4321; at most 6 digits before it and 12"
            " behind",
        )
    return Decimal(text)


def _insist_on_one(rows: list[_Row]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for day, currency, quote, _, source, line in rows:
        first = seen.setdefault((day, currency, quote, source), line)
        if first != line:
            raise _wrong(
                line,
                f"{source} tells {currency} in {quote} of {day} twice, first in line {first}",
                "keep one of the two lines",
            )


def _wrong(line: int, problem: str, remedy: str) -> SettingsError:
    return SettingsError(f"{NAME}: line {line}", problem, remedy)
