"""Every way of reading a table under which its numbers add up.

    balance of a row = balance of the row before it in time + its amount, in every row

A balance column may be blank in some rows, or hold the balance at the end of the day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from typing import Literal

from tasks.extract.propose.columns import MARKS, Columns, Days, Numbers, whole
from tasks.extract.propose.tables import Table

FORWARDS, BACKWARDS = "forwards", "backwards"
HEAD_ROWS = 500
_MANY_COLUMNS, _SAMPLE = 24, 50


@dataclass(frozen=True)
class Money:
    """One way of taking signed amounts out of columns, for the rows that have a day.

    Attributes:
        sign: as a layout names it.
        columns: amount, or credit and debit, or amount and mark.
        amounts: by row, less the fee; null where the cells are blank.
        debit_marks: the marks that mean out of the account.
        credit_marks: the marks that mean into it.
        fee: the column of a charge beside the amount; null without one.
        is_fee_added: it is printed with the sign of a movement, so that it is added.
    """

    sign: Literal["signed", "inverted", "columns", "marked", "suffixed"]
    columns: tuple[int, ...]
    amounts: Mapping[int, int]
    debit_marks: tuple[str, ...] = ()
    credit_marks: tuple[str, ...] = ()
    fee: int | None = None
    is_fee_added: bool = False

    @property
    def used(self) -> tuple[int, ...]:
        """All columns that it is made of."""
        return self.columns if self.fee is None else (*self.columns, self.fee)


@dataclass(frozen=True)
class Edge:
    """A line that states the opening or the closing balance.

    Attributes:
        states: "opening" or "closing".
        line: as printed.
        row: of the table; null above its header.
        cell: the position of the cell with the number.
        text: the number as printed.
        value: the number under the marks of the reading, in ten-thousandths.
    """

    states: str
    line: str
    row: int | None
    cell: int
    text: str
    value: int = 0


@dataclass(frozen=True)
class Candidate:
    """A way of reading a table.

    Attributes:
        table: what is read.
        days: the column of booking days and how they are written.
        marks: decimal and group mark.
        money: the amounts.
        numbers: all columns of numbers under these marks.
        balance: the column of balances; null without one.
        is_daily: the balance is that of the day, not of the row.
        files: by file, its movements in the order of the file.
        directions: by file, the orders of time in which the balances follow.
        edges: by file, the lines whose balances its amounts lead from and to, instead of a column.
    """

    table: Table
    days: Days
    marks: tuple[str, str]
    money: Money
    numbers: Mapping[int, Numbers]
    balance: int | None
    is_daily: bool
    files: Mapping[int, tuple[int, ...]]
    directions: Mapping[int, frozenset[str]]
    edges: Mapping[int, tuple[Edge, ...]] = field(default_factory=dict)

    @property
    def rows(self) -> list[int]:
        """All movements."""
        return [row for rows in self.files.values() for row in rows]

    @property
    def used(self) -> tuple[int, ...]:
        """All columns of money: the amounts and the balances."""
        return self.money.used if self.balance is None else (*self.money.used, self.balance)

    @property
    def marks_beside(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The marks beside its numbers that mean out of the account and into it."""
        sided = [self.numbers[one] for one in self.used if one in self.numbers]
        debits = {*self.money.debit_marks, *(mark for one in sided for mark in one.debits)}
        credits_ = {*self.money.credit_marks, *(mark for one in sided for mark in one.credits)}
        return tuple(sorted(debits)), tuple(sorted(credits_))

    def booked(self, rows: Sequence[int]) -> list[date]:
        """The booking days of movements."""
        days = self.days.days
        return [day for row in rows if (day := days[row]) is not None]

    def balances(self, rows: Sequence[int]) -> list[int | None]:
        """The balances beside movements; of a daily balance, only the last of each day counts."""
        if self.balance is None:
            return [None] * len(rows)
        values = self.numbers[self.balance].values
        return [values[row] for row in rows]

    def outcome(self) -> tuple[object, ...]:
        """What a reader would make of it: readings with one outcome are one."""
        rows = self.rows
        shown = None if self.is_daily else tuple(self.balances(rows))
        amounts = tuple(self.money.amounts[row] for row in rows)
        return tuple(rows), tuple(self.booked(rows)), amounts, shown


Ways = frozenset[tuple[object, ...]]
"""Ways of reading without the rows: days, marks, sign and columns of money."""


def closing(table: Table, columns: Columns) -> Iterator[Candidate]:
    """Every reading of which the balances follow from the amounts, in all files.

    Of a long table, only the ways that hold in its first rows are tried on all of it: balances that
    follow everywhere follow there, too.
    """
    ways: Ways | None = None
    if len(table.rows) > 2 * HEAD_ROWS:
        head = headed(table)
        ways = frozenset(way_of(one) for one in closing(head, Columns(head)))
    for drafts in drafted(table, columns, ways):
        found = [one for draft in drafts for one in balanced(draft, is_daily=False)]
        if not found:
            found = [one for draft in drafts for one in balanced(draft, is_daily=True)]
        yield from found


def headed(table: Table) -> Table:
    """The first rows of the first file that has any, as a table of its own."""
    number = table.rows[0].file_no
    rows = tuple(row for row in table.rows[:HEAD_ROWS] if row.file_no == number)
    texts = tuple(text for text in table.texts if text.source.file_no == number)
    return replace(table, texts=texts, rows=rows)


def way_of(one: Candidate) -> tuple[object, ...]:
    """How it reads days and amounts, without the rows and the fee."""
    days = one.days
    return days.column, days.way, one.marks, one.money.sign, one.money.columns


def drafted(table: Table, columns: Columns, ways: Ways | None = None) -> Iterator[list[Candidate]]:
    """Readings that still lack a balance: days, marks and amounts; those of one format of days.

    Args:
        table: what is read.
        columns: its cells.
        ways: the only ones to try; null tries all.
    """
    file_of = [row.file_no for row in table.rows]
    wanted = {text.source.file_no for text in table.texts}
    by_marks = {pair: columns.numbers(*pair) for pair in MARKS}
    cache: dict[tuple[frozenset[int], tuple[str, str]], list[Money]] = {}
    moneys = None if ways is None else frozenset(way[3:] for way in ways)
    for days in columns.days:
        if ways is not None and (days.column, days.way) not in {way[:2] for way in ways}:
            continue
        dated = frozenset(row for row, day in enumerate(days.days) if day is not None)
        drafts = []
        for pair in MARKS:
            numbers = whole(by_marks[pair], dated)
            if (dated, pair) not in cache:
                cache[dated, pair] = list(_moneys(numbers, columns, sorted(dated), moneys))
            for money in cache[dated, pair]:
                if days.column in money.columns:
                    continue
                files: dict[int, list[int]] = {number: [] for number in sorted(wanted)}
                for row in money.amounts:
                    files[file_of[row]].append(row)
                split = {number: tuple(rows) for number, rows in files.items()}
                drafts.append(Candidate(table, days, pair, money, numbers, None, False, split, {}))
        if drafts:
            yield drafts


def balanced(draft: Candidate, *, is_daily: bool) -> Iterator[Candidate]:
    """The draft with every column of balances that follow from its amounts, in all files."""
    taken = {draft.days.column, *draft.money.used}
    for column in draft.numbers:
        if column in taken:
            continue
        one = replace(draft, balance=column, is_daily=is_daily)
        if not any(_is_checked(one, rows) for rows in one.files.values()):
            continue
        directions: dict[int, frozenset[str]] = {}
        for number, rows in one.files.items():
            directions[number] = _directions(one, rows)
            if not directions[number]:
                break
        else:
            yield replace(one, directions=directions)


def _is_checked(one: Candidate, rows: tuple[int, ...]) -> bool:
    """An amount that is not zero stands between two balances, so that they say something of it."""
    values = one.numbers[one.balance or 0].values
    known = [place for place, row in enumerate(rows) if values[row] is not None]
    if len(known) < 2:
        return False
    return any(one.money.amounts[row] for row in rows[known[0] : known[-1] + 1])


def _directions(one: Candidate, rows: tuple[int, ...]) -> frozenset[str]:
    """The orders of time in which the balances of one file follow from its amounts."""
    orders = {FORWARDS: rows, BACKWARDS: rows[::-1]}
    return frozenset(
        name
        for name, order in orders.items()
        if (one.is_daily or _follows(one, order[:_SAMPLE])) and _follows(one, order)
    )


def _follows(one: Candidate, order: Sequence[int]) -> bool:
    balances = day_ends(one, order) if one.is_daily else one.balances(order)
    if balances is None:
        return False
    amounts = one.money.amounts
    known: int | None = None
    for row, balance in zip(order, balances, strict=True):
        if known is not None:
            known += amounts[row]
        if balance is not None:
            if known is not None and known != balance:
                return False
            known = balance
    return True


def day_ends(one: Candidate, order: Sequence[int]) -> list[int | None] | None:
    """The balance beside the last row of each day; null if a day has two, or all have one row."""
    days, balances = one.booked(order), one.balances(order)
    ends: list[int | None] = [None] * len(order)
    has_twins = False
    for place, (day, balance) in enumerate(zip(days, balances, strict=True)):
        is_same_day = place > 0 and days[place - 1] == day
        if balance is None or (is_same_day and balance != balances[place - 1]):
            return None
        if is_same_day:
            has_twins = True
            ends[place - 1] = None
        ends[place] = balance
    return ends if has_twins else None


def _moneys(
    numbers: Mapping[int, Numbers], columns: Columns, rows: Sequence[int], only: Ways | None
) -> Iterator[Money]:
    """Every way of taking amounts out of the columns of numbers; or only some signs and columns."""
    filled = {
        column: {row: value for row in rows if (value := one.values[row]) is not None}
        for column, one in list(numbers.items())[:_MANY_COLUMNS]
    }
    for column in [column for column in filled if numbers[column].is_sided]:
        values, one = filled.pop(column), numbers[column]
        if only is None or ("suffixed", (column,)) in only:
            yield Money("suffixed", (column,), values, one.debits, one.credits)
    yield from _signed(filled, only)
    for credit, debit in product(filled, repeat=2):
        if only is not None and ("columns", (credit, debit)) not in only:
            continue
        if credit != debit and (amounts := _two_columns(filled[credit], filled[debit], rows)):
            yield Money("columns", (credit, debit), amounts)
    for column, values in filled.items():
        if min(values.values()) >= 0:
            yield from _marked(column, values, columns, only)


def _signed(filled: Mapping[int, Mapping[int, int]], only: Ways | None) -> Iterator[Money]:
    """Amounts as they are printed, and turned."""
    for column, values in filled.items():
        if only is None or ("signed", (column,)) in only:
            yield Money("signed", (column,), values)
        if only is None or ("inverted", (column,)) in only:
            yield Money("inverted", (column,), {row: -value for row, value in values.items()})


def _two_columns(
    credit: Mapping[int, int], debit: Mapping[int, int], rows: Sequence[int]
) -> dict[int, int]:
    """Amounts of a credit and a debit column, as the typing has them; none if they do not fit."""
    amounts = {}
    for row in rows:
        paid, taken = credit.get(row), debit.get(row)
        if paid and taken:
            return {}
        if paid:
            amounts[row] = paid
        elif taken is not None:
            amounts[row] = -abs(taken)
        elif paid is not None:
            amounts[row] = paid
    is_both = any(credit.values()) and any(debit.values())
    return amounts if is_both else {}


def _marked(
    column: int, values: Mapping[int, int], columns: Columns, only: Ways | None
) -> Iterator[Money]:
    """Unsigned amounts whose direction stands in a column of a few words, in all ways."""
    rows = list(values)
    for mark, words in columns.marks(rows):
        if mark == column or (only is not None and ("marked", (column, mark)) not in only):
            continue
        cells = [cell.upper() for cell in columns.cells(mark)]
        for sides in product((1, -1), repeat=len(words)):
            if len(set(sides)) < 2:
                continue
            side = dict(zip(words, sides, strict=True))
            yield Money(
                "marked",
                (column, mark),
                {row: side[cells[row]] * value for row, value in values.items()},
                tuple(word for word in words if side[word] < 0),
                tuple(word for word in words if side[word] > 0),
            )
