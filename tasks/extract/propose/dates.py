"""The ways in which a column may write days: as numbers, with a time behind them, with month names.

A way is what a layout can say, no more: a pattern, the part of the cell that is the day, and twelve
names. Which way a column keeps to is found by reading all of it, never by its first cells.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache

from tasks.extract.words import MONTHS

WITH_TIME = (
    r"^\s*(\S.*?)(?:T|,?\s+)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:\s?[AaPp]\.?[Mm]\.?)?\s*$"
)
"""A day with a time of day behind it. Without a zone: in another zone it may be another day."""

_ORDERS = (
    *("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d", "%d{0}%m{0}%y", "%m{0}%d{0}%y"),
    "%y{0}%m{0}%d",
)
_NUMBERS = re.compile(r"\d{1,4}([-/.]?)\d{1,2}\1\d{1,4}")
_MANY_SHAPES = 4
_COMPACT_DAY = 8  # digits; of fewer, a number is as likely
_FIGURES = 2  # of the day and of the year, beside the name of a month


@dataclass(frozen=True)
class Way:
    """One way of writing days; see `schemas.bank.Conventions`.

    Attributes:
        date_format: strptime pattern, in which a month is a number.
        date_part: the group of this pattern is the day; "" if nothing stands behind it.
        month_names: twelve names in small letters, or none.
    """

    date_format: str
    date_part: str = ""
    month_names: tuple[str, ...] = ()


def ways_of(cells: Sequence[str]) -> Iterator[Way]:
    """The ways that have the shape of the first cells of a column, each once."""
    times = [re.match(WITH_TIME, cell) for cell in cells]
    part = WITH_TIME if sum(map(bool, times)) * 2 >= len(cells) > 0 else ""
    days = [
        match[1] if match and part else cell.strip()
        for cell, match in zip(cells, times, strict=True)
    ]
    shapes = (_NUMBERS.fullmatch(day) for day in days)
    marks = {shape[1] for shape in shapes if shape}
    for mark in ("/", "-", ".", ""):
        if mark in marks:
            yield from (Way(order.format(mark), part) for order in _ORDERS)
    named = [day.lower() for day in days if len(re.findall(r"\d+", day)) == _FIGURES]
    for names in MONTHS:
        formats = {one: None for day in named for one in _with_name(day, names)}
        for date_format in list(formats)[:_MANY_SHAPES]:
            yield Way(date_format, part, names)


@lru_cache(maxsize=4096)
def is_day(cell: str) -> bool:
    """Is the cell wholly a day, in any way, perhaps with a time of day behind it?"""
    for way in ways_of([cell]):
        match = re.match(way.date_part, cell) if way.date_part else None
        text = (match[1] if match else cell.strip()).lower()
        if text.isdigit() and len(text) != _COMPACT_DAY:
            continue
        for number, name in enumerate(way.month_names, 1):
            text = re.sub(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])", str(number), text)
        with suppress(ValueError):
            datetime.strptime(text, way.date_format)  # noqa: DTZ007 - it is a day, not an instant
            return True
    return False


@cache
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """One of the names as a word."""
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(map(re.escape, names))})(?![^\W\d_])")


def _with_name(day: str, names: tuple[str, ...]) -> Iterator[str]:
    """The patterns of a day whose month is one of these names."""
    found = _any_of(names).findall(day)
    if len(found) != 1 or "%" in day:
        return
    head, _, tail = day.partition(found[0])
    pieces = re.split(r"(\d+)", f"{head}%m{tail}")
    figures = range(1, len(pieces), 2)
    for codes in (("%d", "%Y"), ("%Y", "%d"), ("%d", "%y"), ("%y", "%d")):
        if all(
            len(pieces[place]) == 4 if code == "%Y" else len(pieces[place]) <= 2
            for place, code in zip(figures, codes, strict=True)
        ):
            written = list(pieces)
            for place, code in zip(figures, codes, strict=True):
                written[place] = code
            yield "".join(written)
