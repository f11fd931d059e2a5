"""What proves a reading, and what is still open. Arithmetic proves; words may only object."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from tasks.extract import words
from tasks.extract.propose.columns import Columns
from tasks.extract.propose.leftovers import Explained, explained, is_backwards
from tasks.extract.propose.objections import objections
from tasks.extract.propose.readings import BACKWARDS, FORWARDS, Candidate, day_ends

LINKS, AMOUNTS, DAYS, ORDERED_DAYS = 3, 2, 2, 5
"""A proof needs as many rows that follow, different amounts, and days; to tell two ways of writing
days apart by their order takes more days, as few fall into order by chance."""


@dataclass(frozen=True)
class Finding:
    """A reading, what is known of it and what is not.

    Attributes:
        reading: how the table is read.
        columns: its cells.
        texts: the columns that describe.
        rest: the rows that are no movements.
        evidence: sentences that speak for it.
        doubts: sentences about what is not proven.
    """

    reading: Candidate
    columns: Columns
    texts: tuple[int, ...]
    rest: Explained
    evidence: tuple[str, ...]
    doubts: tuple[str, ...]


def sifted(found: Sequence[Candidate]) -> list[list[Candidate]]:
    """Readings that the order of days and the names of columns leave, grouped by what they give."""
    kept = _in_order(found)
    kept = _unless_none([one for one in kept if not words.is_other_day(_day_name(one))], kept)
    groups: dict[tuple[object, ...], list[Candidate]] = {}
    for one in kept:
        groups.setdefault(one.outcome(), []).append(one)
    alike: dict[tuple[object, ...], list[tuple[object, ...]]] = {}
    for key in groups:
        alike.setdefault(key[:3], []).append(key)
    chosen = []
    for keys in alike.values():
        plain = [key for key in keys if not _is_other_balance(groups[key])]
        chosen.extend(plain or keys)
    return [sorted(groups[key], key=_simplicity) for key in chosen]


def _unless_none(some: list[Candidate], others: list[Candidate]) -> list[Candidate]:
    return some or others


def _day_name(one: Candidate) -> str:
    return one.table.names[one.days.column]


def _is_other_balance(group: Sequence[Candidate]) -> bool:
    return all(
        one.balance is not None and words.is_other_balance(one.table.names[one.balance])
        for one in group
    )


def _simplicity(one: Candidate) -> tuple[object, ...]:
    signs = ("signed", "inverted", "columns", "marked", "suffixed")
    money, way = one.money, one.days.way
    fees = one.numbers[money.fee].values if money.fee is not None else ()
    fee = money.fee is not None, sum(abs(fee) for fee in fees if fee)
    unknown = sum(words.side_of(mark) is None for mark in (*money.debit_marks, *money.credit_marks))
    simple = signs.index(money.sign), unknown, one.days.column, money.columns
    return *fee, *simple, bool(way.date_part), way.month_names


def _in_order(found: Sequence[Candidate]) -> list[Candidate]:
    """The readings whose days run with their balances, if there is one; else all."""
    agreeing = [one for one in found if agrees(one)]
    kept = [
        one for one in agreeing if all(order_of(one, number) != "mixed" for number in one.files)
    ]
    if not kept:
        return agreeing or list(found)
    if max(len(set(one.booked(one.rows))) for one in kept) >= ORDERED_DAYS:
        return kept
    return agreeing


def order_of(one: Candidate, number: int) -> str:
    """How the days of a file run: up, down, flat or mixed."""
    days = one.booked(one.files[number])
    if len(set(days)) < 2:
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
        if len(set(days)) < 2:
            continue
        rises, falls = _steps(days)
        is_up = days[0] < days[-1] and rises > 2 * falls
        is_down = days[0] > days[-1] and falls > 2 * rises
        if not ((is_up and FORWARDS in directions) or (is_down and BACKWARDS in directions)):
            return False
    return True


def weighed(group: Sequence[Candidate], columns: Columns, every: Sequence[Candidate]) -> Finding:
    """The simplest reading of a group, with its evidence and its doubts.

    Args:
        group: readings that give the same.
        columns: the cells of the table.
        every: all readings that add up, also those that were sifted out.
    """
    one = group[0]
    taken = [one.days.column, *one.used]
    currency, _ = columns.currency(one.rows)
    taken += [currency] if currency is not None else []
    days = {each.column for each in columns.days}
    texts = tuple(columns.texts(one.rows, [*taken, *days]))
    rest = explained(one, columns, texts)
    doubts = [*_arithmetic(one, rest), *_of_marks(one), *_of_days(group, columns, every)]
    doubts += [*objections(one, columns, texts), *_of_fees(one), *_of_rows(one, rest)]
    return Finding(one, columns, texts, rest, tuple(_evidence(one)), tuple(dict.fromkeys(doubts)))


def _links(one: Candidate, number: int) -> tuple[list[int], list[int]]:
    """Movements of a file whose amount the balances check, and those that none covers."""
    rows = one.files[number]
    if number in one.edges:
        return list(rows), []
    order = rows[::-1] if is_backwards(one, number) else rows
    balances = day_ends(one, order) or [] if one.is_daily else one.balances(order)
    known = [place for place, balance in enumerate(balances) if balance is not None]
    if not known:
        return [], list(order)
    first, last = known[0], known[-1]
    first_day = one.days.days[order[first]]
    early = [row for row in order[:first] if one.days.days[row] != first_day]
    return list(order[first + 1 : last + 1]), [*early, *order[last + 1 :]]


def _arithmetic(one: Candidate, rest: Explained) -> Iterator[str]:
    links = [row for number in one.files for row in _links(one, number)[0]]
    amounts = [one.money.amounts[row] for row in links if one.money.amounts[row]]
    if len(amounts) < LINKS:
        yield f"only {len(amounts)} amounts are checked by balances; a proof needs {LINKS}"
    elif len({abs(amount) for amount in amounts}) < AMOUNTS:
        yield "all amounts are equal, so they prove nothing"
    everything = [one.money.amounts[row] for row in one.rows]
    if not (any(a > 0 for a in everything) and any(a < 0 for a in everything)):
        yield "all amounts go one way, so the sign of the others is not known"
    if one.edges and not any(_moved(one, number) for number in one.files):
        yield "the amounts add up to nothing, so their sign is not known"
    for number in one.files:
        _, open_rows = _links(one, number)
        if open_rows:
            line = one.table.rows[open_rows[0]].line_no
            yield f"line {line}: no balance checks the row; is it booked?"
        yield from _first_row(one, number, rest)


def _moved(one: Candidate, number: int) -> int:
    return sum(one.money.amounts[row] for row in one.files[number])


def _first_row(one: Candidate, number: int, rest: Explained) -> Iterator[str]:
    rows = one.files[number]
    if one.balance is None or one.is_daily or not rows or number in rest.has_opening:
        return
    first = rows[-1] if is_backwards(one, number) else rows[0]
    if one.numbers[one.balance].values[first] == one.money.amounts[first]:
        line = one.table.rows[first].line_no
        yield f"line {line}: the first movement of a new account, or the opening balance?"


def _of_fees(one: Candidate) -> Iterator[str]:
    """A charge beside an amount that no balance checks may be a part of it, or not."""
    fee = one.money.fee
    if fee is not None:
        fees = sum(abs(value) for row in one.rows if (value := one.numbers[fee].values[row]))
        if fees * 2 > sum(abs(one.money.amounts[row]) for row in one.rows):
            yield f"column {one.table.names[fee]!r} has most of the money; is it a fee?"
        return
    links = {row for number in one.files for row in _links(one, number)[0]}
    for column, numbers in one.numbers.items():
        if column in one.used or not words.is_fee(one.table.names[column]):
            continue
        charged = [row for row in one.rows if numbers.values[row]]
        if charged and not links.intersection(charged):
            line = one.table.rows[charged[0]].line_no
            yield f"line {line}: no balance checks whether {one.table.names[column]!r} is in it"


def _of_marks(one: Candidate) -> Iterator[str]:
    rows = frozenset(one.rows)
    if not any(one.numbers[c].marked & rows for c in one.used if c in one.numbers):
        yield "no number has a decimal mark; units or cents is not known"
    signs = {
        sign for column in one.used if column in one.numbers for sign in one.numbers[column].signs
    }
    if len(signs) > 1:
        yield "several signs of currency stand beside the numbers"


def _of_days(
    group: Sequence[Candidate], columns: Columns, every: Sequence[Candidate]
) -> Iterator[str]:
    one = group[0]
    if len({each.days.date_format for each in group}) > 1:
        yield "day and month are the same number everywhere, so their order is not known"
    if len(set(one.booked(one.rows))) < DAYS or not any(
        order_of(one, number) != "flat" for number in one.files
    ):
        yield "all rows are of one day, so the order of time and the sign are not known"
    elif not agrees(one):
        yield "the balances follow against the order of the days, or the days have none"
    if words.is_other_day(_day_name(one)):
        yield f"column {_day_name(one)!r} is not called the day of the booking"
    read = {each.column for each in columns.days} | {each.days.column for each in every}
    read |= set(one.used)
    for column, name in enumerate(one.table.names):
        if column in read or words.is_other_day(name) or not columns.usable(column):
            continue
        if columns.looks_like_days(column):
            yield f"column {name!r} looks like days in a way that is not read"


def _of_rows(one: Candidate, rest: Explained) -> Iterator[str]:
    if rest.unexplained:
        yield f"line {rest.unexplained[0]}: neither a movement nor a balance nor a total"
    for text in one.table.texts:
        if not text.is_sure:
            yield f"the encoding is not known; {text.encoding} is one that fits (--encoding)"
            return


def _evidence(one: Candidate) -> Iterator[str]:
    links = sum(len(_links(one, number)[0]) for number in one.files)
    names = one.table.names
    if one.balance is not None:
        kind = "at the end of each day" if one.is_daily else "of each row"
        back = any(is_backwards(one, number) for number in one.files)
        way = "from the newest row to the oldest" if back else "in the order of the file"
        yield f"the balance {names[one.balance]!r} {kind} follows in {links} rows, {way}"
        yield "the premise: a balance is what the owner has, and stands after its row"
    if one.edges:
        where = {edge.line.strip() for edges in one.edges.values() for edge in edges}
        yield f"opening + {links} amounts = closing, as {len(where)} lines state them"
        yield "the premise: a balance is what the owner has"
    if one.money.fee is not None:
        fees = one.numbers[one.money.fee].values
        count = sum(1 for row in one.rows if fees[row])
        way = "and" if one.money.is_fee_added else "less"
        yield f"what moved is the amount {way} {names[one.money.fee]!r}, which {count} rows have"
    if any(one.numbers[column].is_sided for column in one.used if column in one.numbers):
        debits, credits_ = (
            ", ".join(filter(None, marks)) or "no mark" for marks in one.marks_beside
        )
        yield f"the premise: {debits} beside a number means out of the account, {credits_} into it"
    days = one.booked(one.rows)
    if days:
        orders = {order_of(one, number) for number in one.files}
        order = "in order" if "mixed" not in orders else "mostly in order"
        yield f"{len(set(days))} days in {names[one.days.column]!r} are {order}"
    yield f"{len(one.rows)} movements; every cell of their columns is read"
