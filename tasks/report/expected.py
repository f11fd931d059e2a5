"""Which statements should have come by a day and did not.

The rhythm of an account is what its owner says in accounts.toml, or what its statements show: the
usual distance between the days on which they end.

    monthly   … 28 Feb │ 31 Mar │ expected: up to 30 Apr, by 5 May
    weekly    the next ends seven days after the last
    daily     the next is of the next bank day, Monday to Friday; nobody here knows holidays
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, takewhile
from statistics import median_low

from schemas.coverage import Arrivals, Expectation, Late, Rhythm

_ENOUGH = 3
"""Statements with different last days, before anything is taken for a rhythm."""

_DISTANCES = ((1, 4, Rhythm.DAILY), (5, 9, Rhythm.WEEKLY), (26, 35, Rhythm.MONTHLY))
"""Days from the end of one statement to the end of the next."""

_SLACK = {Rhythm.DAILY: 0, Rhythm.WEEKLY: 3, Rhythm.MONTHLY: 10}
"""Days before its expected end on which a statement may end, when nothing is booked after them."""

_SATURDAY = 6

_MONTH_END = 26
"""Statements that reach this day of the month mean its last one."""

SAID = "accounts.toml says so"
SHOWN = "so they came until now"


def late(
    accounts: Sequence[Arrivals], said: Sequence[Expectation], as_of: date
) -> tuple[Late, ...]:
    """Statements that are due and have not come, the longest overdue last.

    Args:
        accounts: what has come.
        said: what owners say of their accounts; it goes before what statements show.
        as_of: the day on which the question is asked.
    """
    by_name = {(one.owner, one.account_name): one for one in said}
    known = {(one.owner, one.account_name) for one in accounts}
    found = [_late(one, by_name.get((one.owner, one.account_name)), as_of) for one in accounts]
    never = [
        _never(one)
        for one in said
        if one.rhythm not in (None, Rhythm.NONE) and (one.owner, one.account_name) not in known
    ]
    rows = [one for one in (*found, *never) if one is not None]
    return tuple(sorted(rows, key=_order))


def rhythm_of(ends: Sequence[date]) -> Rhythm:
    """How often statements come that end on these days; NONE where that cannot be told."""
    days = sorted(set(ends))
    if len(days) < _ENOUGH:
        return Rhythm.NONE
    usual = median_low((after - before).days for before, after in pairwise(days))
    found = (rhythm for least, most, rhythm in _DISTANCES if least <= usual <= most)
    return next(found, Rhythm.NONE)


def _late(account: Arrivals, said: Expectation | None, as_of: date) -> Late | None:
    ends = account.ends
    is_said = said is not None and said.rhythm is not None
    rhythm = said.rhythm if said is not None and said.rhythm is not None else rhythm_of(ends)
    expectation = said or Expectation(account.owner, account.account_name)
    shown = Late(
        account=account.account,
        institution=account.institution,
        account_tail=account.account_tail,
        currency=account.currency,
        rhythm=rhythm.value,
        because=SAID if is_said else SHOWN,
        starts_on=None,
        ends_on=None,
        due_on=None,
        covered_to=max(ends, default=None),
        received_on=account.received_on,
        days_late=None,
        statements=0,
    )
    if rhythm is Rhythm.NONE or max(ends) >= as_of:
        return None
    grace = timedelta(expectation.by_day)
    missed = takewhile(lambda end: as_of - end > grace, _next_ends(rhythm, ends))
    first = next(missed, None)
    if first is None:
        return None
    return replace(
        shown,
        starts_on=max(ends) + timedelta(1),
        ends_on=first,
        due_on=first + grace,
        days_late=(as_of - first - grace).days,
        statements=1 + sum(1 for _ in missed),
    )


def _next_ends(rhythm: Rhythm, ends: Sequence[date]) -> Iterator[date]:
    """The days on which the statements to come should end, as long as there are days."""
    last = max(ends)
    slack = timedelta(_SLACK[rhythm])
    grid: Iterator[date]
    match rhythm:
        case Rhythm.DAILY:
            grid = (day for day in _days(last, 1) if day.isoweekday() < _SATURDAY)
        case Rhythm.WEEKLY:
            grid = _days(last, 7)
        case _:
            grid = _months(last, _day_of_month(ends))
    return (end for end in grid if end - last > slack)


def _day_of_month(ends: Sequence[date]) -> int:
    """The day of the month on which statements usually end; 31 means its last."""
    is_end = sum(end.day >= _MONTH_END for end in ends)
    if 2 * is_end >= len(ends):
        return 31
    return median_low(end.day for end in ends)


def _months(last: date, day: int) -> Iterator[date]:
    """That day of each month, from the month of the last statement on."""
    for number in range(last.year * 12 + last.month - 1, date.max.year * 12 + 12):
        year, month = number // 12, number % 12 + 1
        yield date(year, month, min(day, monthrange(year, month)[1]))


def _days(last: date, step: int) -> Iterator[date]:
    """Every so many days after the last statement."""
    return map(date.fromordinal, range(last.toordinal() + step, date.max.toordinal() + 1, step))


def _never(said: Expectation) -> Late:
    rhythm = (said.rhythm or Rhythm.NONE).value
    because = f"[[account]] {said.entry_no} of accounts.toml says so, and none has ever come"
    return Late("", "", "", "", rhythm, because, None, None, None, None, None, None, 1)


def _order(one: Late) -> tuple[bool, int, str, str, str]:
    return (
        one.days_late is not None,
        one.days_late or 0,
        one.institution,
        one.account_tail,
        one.currency,
    )
