"""Which column is the day of the booking, and how it is written.

The order of rows tells one way of writing a column from another. It never tells one column from
another, as days of purchase may stand in better order than those of the booking. Names tell that.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from tasks.extract import words
from tasks.extract.propose.columns import Columns, Days
from tasks.extract.propose.leftovers import is_backwards
from tasks.extract.propose.readings import BACKWARDS, FORWARDS, Candidate

DAYS, ORDERED_DAYS = 2, 5
"""A proof needs as many days; to tell two ways of writing them apart by their order takes more, as
few fall into order by chance."""

_FIRST, _LAST = date(1970, 1, 1), date(2060, 12, 31)
_LONG_STEP = 31


def of_booking(found: Sequence[Candidate]) -> list[Candidate]:
    """The readings whose days may be those of the booking, in ways that their order leaves."""
    columns: dict[int, list[Candidate]] = {}
    for one in found:
        columns.setdefault(one.days.column, []).append(one)
    kept = [one for each in columns.values() for one in _in_order(each)]
    kept = [one for one in kept if not words.is_other_day(day_name(one))] or kept
    named = {one.days.column for one in kept if words.is_booking_day(day_name(one))}
    return [one for one in kept if one.days.column in named] if len(named) == 1 else kept


def day_name(one: Candidate) -> str:
    """What the bank calls the column of days."""
    return one.table.names[one.days.column]


def _in_order(found: Sequence[Candidate]) -> list[Candidate]:
    """The readings of one column whose days run with their balances, if there is one; else all."""
    if max(len(set(one.booked(one.rows))) for one in found) < ORDERED_DAYS:
        return list(found)
    agreeing = [one for one in found if agrees(one)]
    kept = [
        one for one in agreeing if all(order_of(one, number) != "mixed" for number in one.files)
    ]
    if kept and max(len(set(one.booked(one.rows))) for one in kept) >= ORDERED_DAYS:
        return kept
    return agreeing or list(found)


def order_of(one: Candidate, number: int) -> str:
    """How the days of a file run: up, down, flat or mixed."""
    days = one.booked(one.files[number])
    if len(set(days)) < DAYS:
        return "flat"
    rises, falls = _steps(days)
    if rises and falls:
        return "mixed"
    return "up" if rises else "down"


def _steps(days: Sequence[date]) -> tuple[int, int]:
    pairs = list(pairwise(days))
    return sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)


def agrees(one: Candidate) -> bool:
    """The days of every file run the way in which its balances follow, for the most part."""
    for number, directions in one.directions.items():
        days = one.booked(one.files[number])
        if len(set(days)) < DAYS:
            continue
        rises, falls = _steps(days)
        is_up = days[0] < days[-1] and rises > 2 * falls
        is_down = days[0] > days[-1] and falls > 2 * rises
        if not ((is_up and FORWARDS in directions) or (is_down and BACKWARDS in directions)):
            return False
    return True


def open_days(
    group: Sequence[Candidate], columns: Columns, every: Sequence[Candidate]
) -> Iterator[str]:
    """Sentences about what is open of the days.

    Args:
        group: readings that give the same.
        columns: the cells of their table.
        every: all readings that add up, also those that were sifted out.
    """
    one = group[0]
    if len({each.days.date_format for each in group}) > 1:
        yield "day and month are the same number everywhere, so their order is not known"
    if len(set(one.booked(one.rows))) < DAYS or not any(
        order_of(one, number) != "flat" for number in one.files
    ):
        yield "all rows are of one day, so the order of time and the sign are not known"
    elif not agrees(one):
        yield "the balances follow against the order of the days, or the days have none"
    name = day_name(one)
    if words.is_other_day(name):
        yield f"column {name!r} is not called the day of the booking"
    elif not words.is_any_day(name) and any(words.is_other_day(day_name(e)) for e in every):
        yield f"column {name!r} is not called a day, and the other day is not that of the booking"
    yield from _unlikely(one)
    yield from _told_by_one(one, columns)
    yield from _other_columns(one, columns)
    yield from _unread(one, columns, every)


def _unlikely(one: Candidate) -> Iterator[str]:
    """Days that no statement has, and long steps against the order of the others."""
    days = one.days.days
    for number, rows in one.files.items():
        for row in rows:
            if (day := days[row]) is not None and not _FIRST <= day <= _LAST:
                yield f"line {_line(one, row)}: {day} is an unlikely day"
                return
        order = rows[::-1] if is_backwards(one, number) else rows
        for before, row in pairwise(order):
            first, then = days[before], days[row]
            if first is not None and then is not None and (first - then).days > _LONG_STEP:
                line = _line(one, max(before, row))
                yield f"line {line}: the day is far from that of the row above, against the order"
                return


def _told_by_one(one: Candidate, columns: Columns) -> Iterator[str]:
    """Another way of writing the same column that only one row denies; it may be mistyped."""
    for other in columns.days:
        if other.column != one.days.column or other.way == one.days.way:
            continue
        wrong = [row for row in one.rows if other.days[row] is None]
        if len(wrong) != 1 or not _differ(
            one, other, [row for row in one.rows if row not in wrong]
        ):
            continue
        kept = [other.days[row] for row in one.rows if row not in wrong]
        rises, falls = _steps([day for day in kept if day is not None])
        if not (rises and falls):
            way = f"{one.days.date_format} and not {other.date_format}"
            yield f"only line {_line(one, wrong[0])} tells that days are written {way}"
            return


def _other_columns(one: Candidate, columns: Columns) -> Iterator[str]:
    """Other columns of days, of which no name says that they are not those of the booking."""
    names = one.table.names
    is_named = words.is_booking_day(day_name(one))
    for column in dict.fromkeys(days.column for days in columns.days):
        name = names[column]
        if column == one.days.column or column in one.used or words.is_other_day(name):
            continue
        if is_named != words.is_booking_day(name):
            continue  # the name of one of the two tells, or objects
        ways = [days for days in columns.days if days.column == column and _is_likely(one, days)]
        if ways and all(_differ(one, days, one.rows) for days in ways):
            yield f"column {name!r} has other days; which are those of the booking?"


def _is_likely(one: Candidate, other: Days) -> bool:
    """Its days are such as statements have; those of a column of references may be any."""
    days = [day for row in one.rows if (day := other.days[row]) is not None]
    return all(_FIRST <= day <= _LAST for day in days)


def _differ(one: Candidate, other: Days, rows: Sequence[int]) -> bool:
    return any(other.days[row] != one.days.days[row] for row in rows)


def _unread(one: Candidate, columns: Columns, every: Sequence[Candidate]) -> Iterator[str]:
    """Columns that look like days, or are called those of the booking, and are not read as days."""
    read = {each.column for each in columns.days} | {each.days.column for each in every}
    read |= set(one.used)
    for column, name in enumerate(one.table.names):
        if column in read or words.is_other_day(name):
            continue
        if columns.looks_like_days(column):
            yield f"column {name!r} looks like days in a way that is not read"
        elif words.is_booking_day(name) and not words.is_booking_day(day_name(one)):
            filled = [cell for row in one.rows if (cell := columns.cells(column)[row])]
            numbered = sum(1 for cell in filled if any(map(str.isdigit, cell)))
            if filled and numbered * 10 >= len(filled) * 9:
                yield f"column {name!r} is called the day of the booking, and is not read as days"


def _line(one: Candidate, row: int) -> int:
    return one.table.rows[row].line_no
