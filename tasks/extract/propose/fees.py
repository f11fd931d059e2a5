"""A fee that stands beside the amount: what moved is both, and only the balance can say so.

    balance = balance before + amount - fee        where fees are printed as what they cost
    balance = balance before + amount + fee        where they have the sign of a movement

The fee is what balances lack: no column is tried that does not fill every gap, to the cent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, permutations

from tasks.extract.propose.columns import Columns
from tasks.extract.propose.readings import (
    HEAD_ROWS,
    Candidate,
    Ways,
    balanced,
    drafted,
    headed,
    way_of,
)
from tasks.extract.propose.tables import Table

_FEWEST = 3
_SIGNS = ("signed", "inverted", "columns")
_Fees = frozenset[tuple[int, int]]
"""Columns of fees, and whether they are added (1) or subtracted (-1) to what moved."""


def charged(table: Table, columns: Columns) -> Iterator[Candidate]:
    """Every reading with a fee under which the balances of all rows follow, in all files.

    Of a long table, only the ways that hold in its first rows are tried on all of it.
    """
    ways: Ways | None = None
    if len(table.rows) > 2 * HEAD_ROWS:
        head = headed(table)
        ways = frozenset(way_of(one) for one in charged(head, Columns(head)))
        if not ways:
            return
    for drafts in drafted(table, columns, ways):
        for draft in drafts:
            if draft.money.sign in _SIGNS:
                yield from _charged(draft)


def net_of(one: Candidate) -> str:
    """A sentence that the amounts are those of another column less a fee; "" if they are not.

    In every row, to the cent; which of the two columns is the lower one tells net from gross, but
    no sign: all of it would be as true if each number meant its opposite.
    """
    amounts = one.money.amounts
    columns = [each for each in one.numbers if each not in one.used and each != one.days.column]
    for gross, fee in permutations(columns if one.money.sign == "signed" else (), 2):
        grosses, fees = one.numbers[gross].values, one.numbers[fee].values
        gaps = [
            (amounts[row] - value, fees[row] or 0)
            for row in amounts
            if (value := grosses[row]) is not None
        ]
        is_net = len(gaps) == len(amounts) and all(gap <= 0 for gap, _ in gaps)
        if is_net and any(gap for gap, _ in gaps) and all(abs(gap) == abs(f) for gap, f in gaps):
            name, *others = (one.table.names[each] for each in (*one.money.columns, gross, fee))
            return f"{name!r} is {others[0]!r} less {others[1]!r} in every row"
    return ""


def _charged(draft: Candidate) -> Iterator[Candidate]:
    """The draft with every column of fees that fills the gaps of some column of balances."""
    free = [
        column
        for column, one in draft.numbers.items()
        if column not in {draft.days.column, *draft.money.columns} and not one.is_sided
    ]
    found: set[tuple[int, int]] = set()
    for balance in free:
        found |= _fees(draft, balance, [column for column in free if column != balance])
    for fee, side in sorted(found):
        yield from balanced(_with_fee(draft, fee, side), is_daily=False)


def _fees(draft: Candidate, balance: int, columns: Sequence[int]) -> _Fees:
    """The fees that fill every gap between these balances and the amounts, and there are gaps.

    In a few rows any two columns of numbers fill the gaps of a third. Amounts that are all nothing,
    apart from the first or last row, which no balance may check, are not what a fee stands beside.
    """
    left = frozenset((column, side) for column in columns for side in (1, -1))
    dated, has_gaps, is_moving = _dated(draft, balance), False, False
    if sum(len(rows) - 1 for rows in dated.values()) < _FEWEST:
        return frozenset()
    for rows in dated.values():
        if not rows:
            continue
        ways = [_filling(draft, balance, order, left) for order in (rows, rows[::-1])]
        left = ways[0][0] | ways[1][0]
        has_gaps |= all(has_gap for _, has_gap in ways)
        is_moving |= any(draft.money.amounts.get(row) for row in rows[1:-1])
    return left if has_gaps and is_moving else frozenset()


def _dated(draft: Candidate, balance: int) -> dict[int, list[int]]:
    """By file, the rows with a day and a balance."""
    files: dict[int, list[int]] = {number: [] for number in draft.files}
    values, days = draft.numbers[balance].values, draft.days.days
    for row, line in enumerate(draft.table.rows):
        if days[row] is not None and values[row] is not None:
            files[line.file_no].append(row)
    return files


def _filling(
    draft: Candidate, balance: int, order: Sequence[int], left: _Fees
) -> tuple[_Fees, bool]:
    """Those of the fees that fill the gaps in this order of time, and whether there are any."""
    balances, amounts = draft.numbers[balance].values, draft.money.amounts
    has_gap = False
    for before, row in pairwise(order):
        gap = (balances[row] or 0) - (balances[before] or 0) - amounts.get(row, 0)
        has_gap |= gap != 0
        left = frozenset(
            (column, side)
            for column, side in left
            if side * (draft.numbers[column].values[row] or 0) == gap
        )
        if not left:
            break
    return left, has_gap


def _with_fee(draft: Candidate, fee: int, side: int) -> Candidate:
    """The draft with the fee in its amounts; a row may have a fee and nothing else."""
    money, fees = draft.money, draft.numbers[fee].values
    amounts = {
        row: money.amounts.get(row, 0) + side * (fees[row] or 0)
        for row, day in enumerate(draft.days.days)
        if day is not None and (row in money.amounts or fees[row])
    }
    is_added = side == (-1 if money.sign == "inverted" else 1)
    files = {
        number: tuple(row for row in amounts if draft.table.rows[row].file_no == number)
        for number in draft.files
    }
    with_fee = replace(money, amounts=amounts, fee=fee, is_fee_added=is_added)
    return replace(draft, money=with_fee, files=files)
