"""What words say against a reading that adds up. They never prove one."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from tasks.extract import words
from tasks.extract.propose.columns import Columns
from tasks.extract.propose.readings import Candidate

_MANY_STATES = 8
_TURNED = 5
_CODE = re.compile(r"(?<![^\W\d_])[A-Z]{3}(?![^\W\d_])")


def objections(one: Candidate, columns: Columns, texts: Sequence[int]) -> Iterator[str]:
    """Sentences about what the words around the numbers deny.

    Args:
        one: a reading that adds up.
        columns: the cells of its table.
        texts: the columns that describe.
    """
    yield from _of_heads(one, columns)
    yield from denied(one)
    yield from _of_nothing(one, columns, texts)
    yield from _of_states(one, columns)
    yield from _of_directions(one, columns, texts)
    yield from _of_accounts(one, columns)
    yield from _of_currencies(one, columns)
    for column in range(len(one.table.names)):
        named = _filled(one, columns, column)
        if len(named) > 1 and named <= words.CURRENCIES:
            yield "the table has several currencies"
        if column not in one.used and len(named) == 1 and words.is_debt_mark(*named):
            yield f"{next(iter(named))!r} stands in each row, as beside a balance that is a debt"


def denied(one: Candidate) -> Iterator[str]:
    """Columns and marks that would mean the opposite of what their names say."""
    money, names = one.money, one.table.names
    says: list[tuple[str, str]] = []
    if money.sign == "columns":
        says += zip((names[c] for c in money.columns), ("credit", "debit"), strict=True)
    says += [(mark, "debit") for mark in money.debit_marks]
    says += [(mark, "credit") for mark in money.credit_marks]
    says += [(names[money.fee], "fee")] if money.fee is not None else []
    for name, side in says:
        if words.side_of(name) not in {None, side}:
            yield f"{name!r} would mean {side}, which its name denies"


def _of_heads(one: Candidate, columns: Columns) -> Iterator[str]:
    """What the names of columns and files and the lines around the table say."""
    names = one.table.names
    heads = [*names, *(line for head in one.table.preambles.values() for line in head)]
    heads += [text.source.printed_name for text in one.table.texts]
    heads += [edge.line for edges in one.edges.values() for edge in edges]
    if any(words.names_debt(head) for head in heads):
        yield "it speaks of a card or a loan; whether its balance is a debt is not known"
    if one.balance is not None and words.is_other_balance(names[one.balance]):
        yield f"column {names[one.balance]!r} is not called the balance after the row"
    for column in one.used:
        if words.is_no_money(names[column]):
            yield f"column {names[column]!r} is called something else than money"
    if words.is_booking_day(names[one.days.column]):
        return
    for other in columns.days:
        is_other = any(other.days[row] != one.days.days[row] for row in one.rows)
        if is_other and words.is_booking_day(names[other.column]):
            yield f"column {names[other.column]!r} is called the day of the booking"


def _of_nothing(one: Candidate, columns: Columns, texts: Sequence[int]) -> Iterator[str]:
    for text in texts:
        cells = columns.cells(text)
        for row in one.rows:
            if one.money.amounts[row] == 0 and words.names_balance(cells[row]):
                yield f"line {one.table.rows[row].line_no}: a movement of nothing, or a balance?"
                return


def _of_states(one: Candidate, columns: Columns) -> Iterator[str]:
    """Rows that say of themselves that they are not booked, or moved nothing."""
    for column in range(len(one.table.names)):
        if column in {*one.used, one.days.column}:
            continue
        states = {cell for cell in _filled(one, columns, column) if words.is_unbooked(cell)}
        if len(_filled(one, columns, column)) > _MANY_STATES:
            states = {cell for cell in states if words.is_pending(cell)}
        for row in one.rows if states else ():
            if (state := columns.cells(column)[row]) in states:
                yield f"line {one.table.rows[row].line_no} says {state!r}; is it booked?"
                return


def _of_directions(one: Candidate, columns: Columns, texts: Sequence[int]) -> Iterator[str]:
    """Purchases that would pay in and wages that would be paid out: the balance may be a debt."""
    wrong, right = [], 0
    for row in one.rows:
        text = " ".join(columns.cells(column)[row] for column in texts)
        if (way := words.way_of(text)) and one.money.amounts[row]:
            if (one.money.amounts[row] > 0) == (way == "in"):
                right += 1
            else:
                wrong.append(row)
    moving = sum(1 for row in one.rows if one.money.amounts[row])
    if one.edges and one.money.sign == "inverted" and (not right or moving < _TURNED):
        yield "by one sum and no words, a plus does not mean out of the account"
    if len(wrong) > right:
        line = one.table.rows[wrong[0]].line_no
        yield f"line {line}: its text says that money went the other way, as {len(wrong)} rows do"


def _of_accounts(one: Candidate, columns: Columns) -> Iterator[str]:
    """Accounts below each other, of which one may begin with nothing where the next one ends."""
    for column, name in enumerate(one.table.names):
        if column in one.used or not words.is_account(name):
            continue
        cells = columns.cells(column)
        blocks = [cell for cell, _ in groupby(cells[row] for row in one.rows)]
        is_sorted = len(blocks) == len(set(blocks)) and "" not in blocks
        if is_sorted and 1 < len(blocks) <= len(one.rows) // 2:
            yield f"column {name!r} names {len(blocks)} accounts"


def _of_currencies(one: Candidate, columns: Columns) -> Iterator[str]:
    """Columns of money that are called by another currency than the rows, or than each other."""
    _, currency = columns.currency(one.rows)
    codes = {code for column in one.used for code in _CODE.findall(one.table.names[column])}
    named = sorted({*(codes & words.CURRENCIES), *filter(None, [currency])})
    if len(named) > 1:
        yield f"the currency may be {' or '.join(named)}"


def _filled(one: Candidate, columns: Columns, column: int) -> set[str]:
    """What the filled cells of a column say in the rows that are movements."""
    cells = columns.cells(column)
    return {cells[row] for row in one.rows} - {""}
