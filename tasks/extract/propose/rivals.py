"""Amounts and balances that nearly follow, beside those that do: one of the two has an error in it.

Where a table says everything twice, as in two currencies, a damaged cell breaks one of the two and
leaves the other. That one is then proven; whether it is the money of the account, nobody says.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

from tasks.extract.propose.leftovers import is_backwards
from tasks.extract.propose.readings import HEAD_ROWS, Candidate

_FEWEST, _MANY_COLUMNS = 3, 12
_PART = 10
_Amounts = Mapping[int, int]


def rivals(one: Candidate) -> Iterator[str]:
    """A sentence about other amounts that another column of balances nearly follows."""
    if one.balance is None or not one.files:
        return
    number = max(one.files, key=lambda each: len(one.files[each]))
    rows = one.files[number][:HEAD_ROWS]
    order = rows[::-1] if is_backwards(one, number) else rows
    taken = {one.balance, one.days.column, *one.money.used}
    free = [column for column in one.numbers if column not in taken][:_MANY_COLUMNS]
    for columns, amounts in _ways(one, free, order):
        if not _is_other(one, amounts, order):
            continue
        for balance in free:
            if balance not in columns and _nearly_follows(one, amounts, balance, order):
                names = [one.table.names[column] for column in (*columns, balance)]
                yield f"columns {' and '.join(map(repr, names))} nearly add up, to other amounts"
                return


def _ways(
    one: Candidate, free: Sequence[int], order: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], _Amounts]]:
    """Amounts in one column, as printed and turned, and in pairs of which a row fills one."""
    values = {column: one.numbers[column].values for column in free}
    for column in free:
        plain = {row: value for row in order if (value := values[column][row]) is not None}
        yield (column,), plain
        yield (column,), {row: -value for row, value in plain.items()}
    for credit, debit in permutations(free, 2):
        pairs = {row: (values[credit][row] or 0, values[debit][row] or 0) for row in order}
        if any(all(pair) for pair in pairs.values()):
            continue
        if all(any(pair[side] for pair in pairs.values()) for side in (0, 1)):
            yield (credit, debit), {row: paid - abs(taken) for row, (paid, taken) in pairs.items()}


def _is_other(one: Candidate, amounts: _Amounts, order: Sequence[int]) -> bool:
    """In most rows, what moved would be something else."""
    return 2 * sum(1 for row in order if amounts.get(row) != one.money.amounts[row]) > len(order)


def _nearly_follows(one: Candidate, amounts: _Amounts, balance: int, order: Sequence[int]) -> bool:
    """It follows in all rows but a few; after one that does not, either number may be the right."""
    values = one.numbers[balance].values
    known: set[int] = set()
    links = failures = 0
    for row in order:
        amount, after = amounts.get(row, 0), values[row]
        expected = {each + amount for each in known}
        if after is None:
            known = expected
            continue
        if known and amount:
            links += 1
        if known and after not in expected:
            failures += 1
            known = {after, *expected} if len(known) == 1 else {after}
        else:
            known = {after}
    return links >= _FEWEST and failures <= max(1, links // _PART)
