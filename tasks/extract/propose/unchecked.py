"""Rows that no balance checks may use nothing that checked rows do not show.

    checked    between two known balances, so that arithmetic says what they moved
    leading    up to the first known balance, on its day: believed, as rows like them are checked
    open       all others

Of a leading row nobody knows whether it moved anything. What it is made of must be known: its
mark, column, letters, decimals and state. Where a line states the opening balance, it is checked.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from tasks.extract import words
from tasks.extract.propose.columns import Columns
from tasks.extract.propose.leftovers import is_backwards
from tasks.extract.propose.readings import Candidate, day_ends

_MANY_VALUES = 8
_TWO_MARKS, _TWICE = 2, 2
_PLAIN = re.compile(r"[\d\s.,'()+\u2212\u2013-]+")


@dataclass(frozen=True)
class Cover:
    """What the balances of a file say of its movements, in the order of time.

    Attributes:
        checked: rows whose amounts the balances check.
        leading: rows up to the first balance, all of one day; none where the opening is stated.
        open_rows: rows that no balance covers.
        opening: the balance before all of them, in ten-thousandths; null without balances.
        closing: the balance after all of them.
    """

    checked: tuple[int, ...]
    leading: tuple[int, ...] = ()
    open_rows: tuple[int, ...] = ()
    opening: int | None = None
    closing: int | None = None

    def opened(self) -> "Cover":
        """The same where a line states the very opening balance that follows from the rows."""
        return Cover((*self.leading, *self.checked), (), self.open_rows, self.opening, self.closing)


def covered(one: Candidate, number: int) -> Cover:
    """What the balances of a file check. A stated sum checks all rows at once, and none alone."""
    rows = one.files[number]
    if number in one.edges:
        return Cover(tuple(rows))
    order = rows[::-1] if is_backwards(one, number) else rows
    balances = day_ends(one, order) or [] if one.is_daily else one.balances(order)
    known = [(place, balance) for place, balance in enumerate(balances) if balance is not None]
    if not known:
        return Cover((), (), tuple(order))
    (first, opening), (last, closing) = known[0], known[-1]
    amounts = [one.money.amounts[row] for row in order]
    days = one.days.days
    is_late = [days[row] == days[order[first]] for row in order[: first + 1]]
    return Cover(
        tuple(order[first + 1 : last + 1]),
        tuple(compress(order, is_late)),
        (*compress(order, map(not_, is_late)), *order[last + 1 :]),
        opening - sum(amounts[: first + 1]),
        closing + sum(amounts[last + 1 :]),
    )


def unshown(one: Candidate, columns: Columns, covers: Mapping[int, Cover]) -> Iterator[str]:
    """Sentences about what rows use that no balance checks and no checked row shows.

    Args:
        one: a reading that adds up.
        columns: the cells of its table.
        covers: by file, what its balances check.
    """
    checked = [row for cover in covers.values() for row in cover.checked]
    leading = [row for cover in covers.values() for row in cover.leading]
    shown = [row for row in checked if one.money.amounts[row]]
    yield from _of_openings(one, covers)
    yield from _of_numbers(one, checked, [*leading, *_open(covers)])
    if one.edges or leading:
        yield from _of_meanings(one, columns, shown)
    for use in _uses(one, columns):
        wanted = {key: row for row in reversed(leading) if (key := use.key(row)) is not None}
        for row in _missing(wanted, shown, use.key)[:1]:
            yield f"line {_line(one, row)}: no balance checks the row, and {use.problem}"
    yield from _of_texts(one, columns, leading, shown)


@dataclass(frozen=True)
class _Use:
    """Something that rows make use of: what a row has of it, null if nothing, and what is said."""

    key: Callable[[int], Hashable]
    problem: str


def _uses(one: Candidate, columns: Columns) -> Iterator[_Use]:
    money, names, amounts = one.money, one.table.names, one.money.amounts
    if money.sign == "columns":
        pair = [(columns.cells(c), one.numbers[c].values) for c in money.columns]

        def side(row: int) -> Hashable:
            if not amounts[row]:
                return None
            return tuple(
                (bool(v[row]), bool(v[row]) and _has_minus(cells[row])) for cells, v in pair
            )

        both = " and ".join(repr(names[c]) for c in money.columns)
        yield _Use(side, f"no checked row fills {both} in its way")
    for column in one.used:
        if column in one.numbers:
            cells = columns.cells(column)
            problem = f"no checked row writes {names[column]!r} with its letters and decimals"
            yield _Use(_form(cells, one.marks[0]), problem)
    if one.balance is not None and not one.is_daily:
        values = one.numbers[one.balance].values
        problem = "no checked row lacks a balance"
        yield _Use(lambda row: True if amounts[row] and values[row] is None else None, problem)
    for column in _few_valued(one, columns):
        cells = columns.cells(column)
        problem = f"no checked row says the same in column {names[column]!r}"
        yield _Use(_value(cells), problem)


def _form(cells: Sequence[str], decimal_mark: str) -> Callable[[int], Hashable]:
    """The letters beside the digits of a cell, and how many digits stand behind its mark."""

    def form(row: int) -> Hashable:
        cell = cells[row]
        if not cell:
            return None
        _, mark, behind = cell.rpartition(decimal_mark)
        decimals = sum(map(str.isdigit, behind)) if mark else 0
        return _PLAIN.sub("", cell).upper(), decimals

    return form


def _value(cells: Sequence[str]) -> Callable[[int], Hashable]:
    return lambda row: cells[row]


def _has_minus(cell: str) -> bool:
    return any(sign in cell for sign in "-\u2212\u2013(")


def _few_valued(one: Candidate, columns: Columns) -> Iterator[int]:
    """Columns beside money and days that say one of a few things in all rows."""
    rows = one.rows
    many = min(_MANY_VALUES, len(rows) // 2)
    for column in _free(one, columns):
        cells = columns.cells(column)
        values: set[str] = set()
        for row in rows:
            values.add(cells[row])
            if len(values) > many:
                break
        else:
            yield column


def _free(one: Candidate, columns: Columns) -> list[int]:
    """The columns that are neither money nor days."""
    taken = {*one.used, one.days.column, *(days.column for days in columns.days)}
    return [column for column in range(len(one.table.names)) if column not in taken]


def _missing(
    wanted: dict[Hashable, int], rows: Iterable[int], key: Callable[[int], Hashable]
) -> list[int]:
    """The rows whose key no other row has."""
    for row in rows if wanted else ():
        wanted.pop(key(row), None)
        if not wanted:
            break
    return sorted(wanted.values())


def _of_openings(one: Candidate, covers: Mapping[int, Cover]) -> Iterator[str]:
    """An account that begins with nothing, or a first row that is the opening balance."""
    for cover in covers.values():
        if cover.leading and cover.opening == 0:
            line = _line(one, cover.leading[0])
            yield f"line {line}: the first movement of a new account, or the opening balance?"


def _of_numbers(one: Candidate, checked: Sequence[int], unchecked: Sequence[int]) -> Iterator[str]:
    """Other numbers may be a part of an amount; where balances check none of them, who knows."""
    for column, numbers in one.numbers.items():
        if column in one.used or column == one.days.column:
            continue
        filled = [row for row in unchecked if numbers.values[row]]
        if filled and not any(numbers.values[row] for row in checked):
            name = one.table.names[column]
            yield f"line {_line(one, filled[0])}: no balance checks whether {name!r} is in it"


def _of_meanings(one: Candidate, columns: Columns, shown: Sequence[int]) -> Iterator[str]:
    """Marks and columns that no word tells, where rows are not checked each for itself."""
    money, names = one.money, one.table.names
    is_named = any(words.side_of(names[column]) for column in money.columns)
    if money.sign == "columns" and one.edges and not is_named:
        yield "no word tells which of the columns of amounts is the credit"
    if money.sign != "marked":
        return
    marks = [*money.debit_marks, *money.credit_marks]
    known = [mark for mark in marks if words.side_of(mark)]
    if len(known) == len(marks):
        return
    cells = columns.cells(money.columns[1])
    times = sum(1 for row in shown if known and cells[row].upper() == known[0])
    if len(marks) != _TWO_MARKS or times < _TWICE:
        unknown = next(mark for mark in marks if mark not in known)
        yield f"no word tells what {unknown!r} in {names[money.columns[1]]!r} means"


def _of_texts(
    one: Candidate, columns: Columns, leading: Sequence[int], shown: Sequence[int]
) -> Iterator[str]:
    """Leading rows whose words speak of a balance, or of a movement that was none."""
    for column in _free(one, columns):
        cells = columns.cells(column)
        odd: dict[Hashable, int] = {
            cells[row]: row
            for row in reversed(leading)
            if words.names_balance(cells[row]) or words.names_unbooked(cells[row])
        }
        for row in _missing(odd, shown, _value(cells))[:1]:
            yield f"line {_line(one, row)} says {cells[row]!r}; is it a movement?"


def _open(covers: Mapping[int, Cover]) -> list[int]:
    return [row for cover in covers.values() for row in cover.open_rows]


def _line(one: Candidate, row: int) -> int:
    return one.table.rows[row].line_no
