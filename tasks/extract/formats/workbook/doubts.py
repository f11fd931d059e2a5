"""What makes a sheet more than the one table that its header announces; it is refused then."""

import re
from collections.abc import Iterator

from tasks.extract.formats.workbook.pages import Row
from tasks.extract.formats.workbook.signs import is_mark
from tasks.extract.formats.workbook.tables import Table, key, line, texts_of


def other_table(table: Table) -> Row | None:
    """A row below the header that begins another table, with other columns; or null."""
    return next((row for row in _headers(table) if not _is_same(row, table)), None)


def other_account(table: Table) -> Row | None:
    """A row from which on the sheet lists another account, below the same header; or null."""
    if not any(_headers(table)):
        return None
    patterns = [one for one in table.layout.preamble if "account" in re.compile(one).groupindex]
    above = {said for row in table.head for said in _accounts(row, table, patterns)}
    money = _money(table)
    for row in _above_stop(table):
        has_money = not money.isdisjoint(row.cells)
        its = set() if has_money else set(_accounts(row, table, patterns))
        if its - above:
            return row
    return None


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
    """The rows below the header that name the column of the day once more."""
    index = table.names.index(table.layout.columns.booked_on)
    name, column = key([table.names[index]]), table.columns[index]
    texts = ((row, row.cells.get(column)) for row in _above_stop(table))
    return (row for row, text in texts if isinstance(text, str) and key([text.strip()]) == name)


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


def _accounts(row: Row, table: Table, patterns: list[str]) -> Iterator[str]:
    for pattern in patterns:
        if (found := re.search(pattern, line(row, table.layout))) and found["account"]:
            yield re.sub(r"\W", "", found["account"])


def _money(table: Table) -> set[int]:
    """The columns of the sheet that hold amounts."""
    known = table.layout.columns
    names = (known.amount, known.credit, known.debit)
    return {table.columns[table.names.index(name)] for name in names if name in table.names}
