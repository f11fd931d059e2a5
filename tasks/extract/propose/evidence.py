"""What proves a reading, and what is still open. Arithmetic proves; words may only object."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tasks.extract import words
from tasks.extract.propose.around import surrounded
from tasks.extract.propose.columns import Columns
from tasks.extract.propose.edges import contradicted
from tasks.extract.propose.leftovers import Explained, explained, is_backwards
from tasks.extract.propose.objections import objections
from tasks.extract.propose.readings import Candidate
from tasks.extract.propose.rivals import rivals
from tasks.extract.propose.unchecked import Cover, covered, unshown
from tasks.extract.propose.which_day import of_booking, open_days, order_of

LINKS, AMOUNTS = 3, 2
"""A proof needs as many rows that follow, and different amounts."""


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
    """Readings that the names of columns and the order of days leave, grouped by what they give."""
    kept = of_booking(found)
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
    covers = {number: _cover(one, number, rest) for number in one.files}
    doubts = [*_arithmetic(one, covers), *_of_marks(one), *open_days(group, columns, every)]
    doubts += [*objections(one, columns, texts), *_of_fees(one), *_of_rows(one, rest)]
    doubts += [*unshown(one, columns, covers), *surrounded(one, covers), *rivals(one)]
    evidence = tuple(_evidence(one, covers))
    return Finding(one, columns, texts, rest, evidence, tuple(dict.fromkeys(doubts)))


def _cover(one: Candidate, number: int, rest: Explained) -> Cover:
    """What the balances of a file check; with the balance before it, where a line states that."""
    cover = covered(one, number)
    if cover.opening is None:
        return cover
    is_stated = contradicted(one, number, "opening", cover.opening) == ""
    return cover.opened() if is_stated or number in rest.has_opening else cover


def _arithmetic(one: Candidate, covers: Mapping[int, Cover]) -> Iterator[str]:
    links = [row for cover in covers.values() for row in cover.checked]
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
    for cover in covers.values():
        if cover.open_rows:
            line = one.table.rows[cover.open_rows[0]].line_no
            yield f"line {line}: no balance checks the row; is it booked?"


def _moved(one: Candidate, number: int) -> int:
    return sum(one.money.amounts[row] for row in one.files[number])


def _of_fees(one: Candidate) -> Iterator[str]:
    """What has most of the money is no charge beside it."""
    fee = one.money.fee
    if fee is not None:
        fees = sum(abs(value) for row in one.rows if (value := one.numbers[fee].values[row]))
        if fees * 2 > sum(abs(one.money.amounts[row]) for row in one.rows):
            yield f"column {one.table.names[fee]!r} has most of the money; is it a fee?"


def _of_marks(one: Candidate) -> Iterator[str]:
    rows = frozenset(one.rows)
    if not any(one.numbers[c].marked & rows for c in one.used if c in one.numbers):
        yield "no number has a decimal mark; units or cents is not known"
    signs = {
        sign for column in one.used if column in one.numbers for sign in one.numbers[column].signs
    }
    if len(signs) > 1:
        yield "several signs of currency stand beside the numbers"


def _of_rows(one: Candidate, rest: Explained) -> Iterator[str]:
    if rest.unexplained:
        yield f"line {rest.unexplained[0]}: neither a movement nor a balance nor a total"
    for text in one.table.texts:
        if not text.is_sure:
            yield f"the encoding is not known; {text.encoding} is one that fits (--encoding)"
            return


def _evidence(one: Candidate, covers: Mapping[int, Cover]) -> Iterator[str]:
    links = sum(len(cover.checked) for cover in covers.values())
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
