"""What makes a sheet more than the one table that its header announces; it is refused then."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import product

from tasks.extract.formats.workbook.pages import Cell, Row, is_day, is_money
from tasks.extract.formats.workbook.signs import is_mark
from tasks.extract.formats.workbook.tables import Table, key, line, texts_of
from tasks.extract.pasted import accounts_in

_MOST_STATED = 2
_UNKEPT = Decimal(10**15)  # Excel keeps 15 digits of a number, and writes zeros for the others


def other_table(table: Table) -> Row | None:
    """A row below the header that begins another table, below the first or beside it; or null."""
    return next((row for row in _headers(table) if not _is_same(row, table)), None)


def table_above(table: Table) -> Row | None:
    """A row above the header with a day and an amount in their columns, or one of many; or null.

    What stands there may state balances with their days elsewhere, but no more than a few of them.
    """
    own = set(product([_day(table)], _money(table)))
    rows: dict[tuple[int, int], list[Row]] = {}
    for row in table.head:
        days = [column for column, cell in row.cells.items() if is_day(cell)]
        money = [column for column, cell in row.cells.items() if is_money(cell)]
        for place in product(days, money):
            if place in own:
                return row
            rows.setdefault(place, []).append(row)
    return next((found[0] for found in rows.values() if len(found) > _MOST_STATED), None)


def lost_digits(table: Table) -> Row | None:
    """A row whose account is a number longer than a spreadsheet program keeps; or null."""
    name = table.layout.account.column
    column = table.columns[table.names.index(name)] if name in table.names else -1
    for row in table.head:
        is_long = any(map(_is_unkept, row.cells.values()))
        if is_long and accounts_in(line(row, table.layout), table.layout):
            return row
    return next((row for row in table.rows if _is_unkept(row.cells.get(column, ""))), None)


def nameless_mark(table: Table) -> Row | None:
    """A row with a mark of debit or credit in a column that has no name; or null."""
    money, named = _money(table), frozenset(table.columns)
    marks: dict[int, list[tuple[Row, bool]]] = {}
    for row in table.rows:
        if not named.issuperset(row.cells) and not money.isdisjoint(row.cells):
            for column, text in texts_of(row).items():
                if column not in named:
                    marks.setdefault(column, []).append((row, is_mark(text)))
    return next((its[0][0] for its in marks.values() if all(is_one for _, is_one in its)), None)


def _headers(table: Table) -> Iterator[Row]:
    """The rows below the header that name the day in its column, or day and money anywhere."""
    names, named = key(table.layout.columns.required()), frozenset(table.columns)
    day = _day(table)
    for row in _above_stop(table):
        if named.issuperset(row.cells) and is_day(row.cells.get(day, "")):
            continue
        texts = {column: cell for column, cell in row.cells.items() if isinstance(cell, str)}
        found = dict(zip(texts, key(cell.strip() for cell in texts.values()), strict=True))
        if found.get(day) == names[0] or set(names) <= set(found.values()):
            yield row


def _above_stop(table: Table) -> Iterator[Row]:
    """The rows below the header, down to the line from which on nothing is a movement."""
    stop = table.layout.rows.stop
    search = re.compile(stop).search if stop else None
    for row in table.rows:
        if search and search(line(row, table.layout)):
            return
        yield row


def _is_same(row: Row, table: Table) -> bool:
    texts = texts_of(row)
    return tuple(texts) == table.columns and key(texts.values()) == key(table.names)


def _is_unkept(cell: Cell) -> bool:
    return isinstance(cell, Decimal) and cell >= _UNKEPT


def _day(table: Table) -> int:
    """The column of the sheet that holds the day."""
    return table.columns[table.names.index(table.layout.columns.booked_on)]


def _money(table: Table) -> set[int]:
    """The columns of the sheet that hold amounts."""
    known = table.layout.columns
    names = (known.amount, known.credit, known.debit)
    return {table.columns[table.names.index(name)] for name in names if name in table.names}
