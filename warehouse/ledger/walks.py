"""Where a statement opens within another: by its opening balance, and by what both print there.

    first    opening 100 | -5 | -2 | -9 | closing 84
    second                opening 93 | -9 | -1 |           opens at place 2 of the first

A balance may come back, so of several places those count from which both print the same records,
as far as both go.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise

_CLEAR_STEPS = 2
"""So many steps from day to day tell which way a file runs; one may be that of a late posting."""

Key = tuple[date, Decimal, str, str | None]
"""What makes records equal: booked day, amount, text and reference."""


@dataclass(frozen=True)
class Printed:
    """A booked record of a statement, in the order of its file."""

    record_no: int
    key: Key
    balance: Decimal | None


@dataclass(frozen=True)
class Walk:
    """The records of a statement in an order that may be that of time.

    Attributes:
        keys: what makes them equal to others.
        numbers: by record_no, the place before the record.
        balances: at each place, from before the first record to behind the last.
    """

    keys: Sequence[Key]
    numbers: dict[int, int]
    balances: Sequence[Decimal]


FORWARDS, BACKWARDS = 0, 1
"""The walks of a statement by their position."""


@dataclass(frozen=True)
class Told:
    """A proven statement, and the orders in which it may be walked.

    Attributes:
        source: format and layout.
        starts_on: first day of its period.
        ends_on: last day of it.
        opening: its opening balance.
        closing: its closing balance; what it books leads from the one to the other.
        walks: forwards and backwards.
        runs: which of them is that of time, FORWARDS or BACKWARDS; null where nothing tells.
        steps: how often its days rise in the file, less how often they fall.
    """

    source: tuple[str, str | None]
    starts_on: date
    ends_on: date
    opening: Decimal
    closing: Decimal
    walks: tuple[Walk, Walk]
    runs: int | None
    steps: int


Place = tuple[Walk, int]
"""In a walk of the first statement, how many records stand before the second one opens."""


def told(
    source: tuple[str, str | None],
    period: tuple[date, date],
    balances: tuple[Decimal, Decimal],
    rows: Sequence[Printed],
) -> Told:
    """A statement with its walks.

    Args:
        source: format and layout.
        period: its first and last day.
        balances: opening and closing.
        rows: its booked records in the order of the file.
    """
    walks = _walk(rows, balances[0]), _walk(rows[::-1], balances[0])
    days = [row.key[0] for row in rows]
    steps = [(a < b) - (a > b) for a, b in pairwise(days) if period[0] <= min(a, b)]
    ends = [order[-1].balance == balances[1] for order in (rows, rows[::-1]) if order]
    runs = None
    if sum(ends) == 1:
        runs = ends.index(True)
    elif len({*steps} - {0}) == 1 and abs(sum(steps)) >= _CLEAR_STEPS:
        runs = FORWARDS if 1 in steps else BACKWARDS
    return Told(source, *period, *balances, walks, runs, sum(steps))


def usual_runs(statements: Iterable[Told]) -> dict[tuple[str, str | None], int]:
    """By source the order of time in which its files run, where their days tell it together."""
    steps: Counter[tuple[str, str | None]] = Counter()
    for one in statements:
        steps[one.source] += (one.steps > 0) - (one.steps < 0)
    return {
        source: FORWARDS if number > 0 else BACKWARDS for source, number in steps.items() if number
    }


def places(
    first: Told, second: Told, day: date, numbers: Collection[int], usual: int | None = None
) -> list[Place]:
    """The places of the first statement at which the second may open, each once.

    Args:
        first: a statement.
        second: another one of its account and source.
        day: on which both have equal records.
        numbers: the record_no of those in the first.
        usual: how files of their source run; null if that is not to tell.
    """
    if first.ends_on < second.starts_on:
        return [(first.walks[0], len(first.walks[0].keys))]
    fitting = _fitting(first, second, usual)
    if not any(walk.numbers[no] < place for walk, place in fitting for no in numbers):
        return fitting[:1]  # none of them is untold, so it does not matter which place it is
    if sure := _sure(first, second, fitting, usual):
        return sure
    if not first.ends_on == day == second.starts_on or is_within(first, second, usual):
        return []
    # Where a bank changed its texts, the amounts tell.
    others = _orders(second, usual)
    return [
        (walk, place)
        for walk, place in fitting
        if place >= _first_of(walk, day) and _goes_on(walk, place, others, _amount)
    ]


def is_within(one: Told, other: Told, usual: int | None = None) -> bool:
    """The other statement may open before this one: this one opens at a place of it."""
    return bool(_sure(other, one, _fitting(other, one, usual), usual))


def _sure(first: Told, second: Told, fitting: Sequence[Place], usual: int | None) -> list[Place]:
    """The places from which both print the same; behind all of the first, the days must tell."""
    others = _orders(second, usual)
    if second.starts_on < first.starts_on and second.ends_on < first.ends_on:
        return []
    is_later = first.starts_on <= second.starts_on and first.ends_on <= second.ends_on
    return [
        (walk, place)
        for walk, place in fitting
        if _goes_on(walk, place, others, _same) and (is_later or place < len(walk.keys))
    ]


def _fitting(first: Told, second: Told, usual: int | None) -> list[Place]:
    """The places at which the balance is that with which the second opens."""
    return [
        (walk, place)
        for walk in _orders(first, usual)
        for place, balance in enumerate(walk.balances)
        if balance == second.opening
    ]


def _orders(one: Told, usual: int | None) -> Sequence[Walk]:
    """The walk in the order of time, or both."""
    runs = usual if one.runs is None else one.runs
    return one.walks if runs is None else (one.walks[runs],)


def _walk(rows: Sequence[Printed], opening: Decimal) -> Walk:
    return Walk(
        [row.key for row in rows],
        {row.record_no: place for place, row in enumerate(rows)},
        list(accumulate((row.key[1] for row in rows), initial=opening)),
    )


def _goes_on(walk: Walk, place: int, others: Sequence[Walk], what: Callable[[Key], object]) -> bool:
    """From the place on, both print the same, as far as both go."""
    both = min(len(walk.keys) - place, len(others[0].keys))
    here = Counter(map(what, walk.keys[place : place + both]))
    return any(Counter(map(what, other.keys[:both])) == here for other in others)


def _same(key: Key) -> Key:
    return key


def _amount(key: Key) -> Decimal:
    return key[1]


def _first_of(walk: Walk, day: date) -> int:
    return next((place for place, key in enumerate(walk.keys) if key[0] == day), len(walk.keys))
