"""The tables in workbooks: their header, the rows below it, and what a bank layout makes of them.

Every sheet is a table of its own. A layout that the CSV export of a bank has serves its workbook
too: numbers and dates are written as the layout writes them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl

from schemas.bank import ISO_DATE, BankLayout, header_cells
from schemas.errors import SettingsError
from tasks.extract import profiles
from tasks.extract.formats.workbook.pages import Page, Row, as_shown, printed
from tasks.extract.grid import Sheet, grid_schema
from tasks.extract.source import Source

HEADER_ROWS = 40
_MONTHS = 12
_GROUPED = re.compile(r"\d[. ']\d{3},\d\d?\b")
_NUMBERS = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-](?:\d{4}|\d{2})\b")
LAYOUTS = Path(__file__).parent / "layouts"


@dataclass(frozen=True)
class Table:
    """The table of one sheet.

    Attributes:
        source: the file.
        page: the sheet.
        layout: the bank layout.
        columns: the columns of the sheet that the header names.
        names: the header as the layout writes it.
        head_count: rows with content down to the header.
    """

    source: Source
    page: Page
    layout: BankLayout
    columns: tuple[int, ...]
    names: tuple[str, ...]
    head_count: int

    @property
    def head(self) -> Sequence[Row]:
        """The rows above the header."""
        return self.page.rows[: self.head_count - 1]

    @property
    def rows(self) -> Sequence[Row]:
        """The rows below the header."""
        return self.page.rows[self.head_count :]

    @property
    def row_count(self) -> int:
        """The rows below the header, by the independent count."""
        return self.page.row_count - self.head_count


@cache
def layouts() -> Mapping[str, BankLayout]:
    """All layouts: those of text files, and those that only sheets have."""
    return {**profiles.layouts(), **profiles.load(LAYOUTS)}


def layout(name: str) -> BankLayout:
    """The layout of that name.

    Raises:
        SettingsError: no layout has the name.
    """
    try:
        return layouts()[name]
    except KeyError:
        raise SettingsError(
            f"{name}.toml", "there is no such bank layout", "add it, or use one that is there"
        ) from None


def layouts_of(page: Page) -> Iterator[tuple[str, int]]:
    """The layouts whose header stands in the sheet, and the row of the header."""
    head = page.rows[:HEADER_ROWS]
    for count, row in enumerate(head):
        for name, _ in _index().get(key(texts_of(row).values()), ()):
            if _stands_apart(layout(name), head[:count], head[count + 1 :]):
                yield name, row.number


def _stands_apart(known: BankLayout, above: Sequence[Row], below: Sequence[Row]) -> bool:
    """What stands around a header is what its layout needs, where others share the header."""
    needs = ((known.table.needs_above, above), (known.table.needs_row, below))
    return all(
        pattern is None or any(re.search(pattern, line(row, known)) for row in rows)
        for pattern, rows in needs
    )


def table_of(source: Source, page: Page, wanted: BankLayout) -> Table | None:
    """The table of a sheet; null if the layout has no header in it."""
    for count, row in enumerate(page.rows[:HEADER_ROWS], start=1):
        texts = texts_of(row)
        for name, names in _index().get(key(texts.values()), ()):
            if name == wanted.name:
                return Table(source, page, wanted, tuple(texts), names, count)
    return None


@cache
def _index() -> Mapping[tuple[str, ...], list[tuple[str, tuple[str, ...]]]]:
    """Layouts by the headers that the bank prints, without the columns that have no name.

    Where such a column tells the money, no sheet can be read. Names that a layout gives itself to
    the columns of a table without header are nobody's header. Of layouts that differ in how their
    text is written alone, a sheet needs one.
    """
    index: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}
    for known in layouts().values():
        for header in known.table.headers:
            names = tuple(cell for cell in header_cells(header, known.table.delimiter) if cell)
            if set(known.columns.required()) <= set(names):
                its = index.setdefault(key(names), [])
                if not any(_read_alike(known, layout(name)) for name, _ in its):
                    its.append((known.name, names))
    return index


def _read_alike(one: BankLayout, other: BankLayout) -> bool:
    parts = ("bank", "account", "columns", "conventions", "rows")
    return all(getattr(one, part) == getattr(other, part) for part in parts)


def texts_of(row: Row) -> dict[int, str]:
    """The cells that say anything, by column; merged cells leave columns without a name."""
    texts = {column: as_shown(cell).strip() for column, cell in sorted(row.cells.items())}
    return {column: text for column, text in texts.items() if text}


def key(cells: Iterable[str]) -> tuple[str, ...]:
    """Names of columns as they are compared: blanks and line breaks in a name say nothing."""
    return tuple("".join(unicodedata.normalize("NFC", cell).casefold().split()) for cell in cells)


def sheet_of(table: Table, number: int) -> Sheet:
    """What stands around the rows: the lines above the header, and the footers below.

    Args:
        table: the table.
        number: the number by which the grid knows the sheet.
    """
    lines = [line(row, table.layout) for row in table.head]
    if table.layout.rows.footers:
        below = pl.Series([line(row, table.layout) for row in table.rows], dtype=pl.String)
        for footer in table.layout.rows.footers:
            lines += below.filter(below.str.contains(footer)).to_list()
    source = table.source
    name = f"{source.name}: sheet {table.page.number}"
    return Sheet(number, name, source.printed_name, tuple(lines))


def grid_of(table: Table, number: int) -> pl.DataFrame:
    """The rows below the header as a grid; see `tasks.extract.grid.grid_schema`.

    Args:
        table: the table.
        number: the number by which the grid knows the sheet.
    """
    rows, width = table.rows, len(table.columns)
    convention = table.layout.conventions
    mark = "." if convention.decimal_mark == "either" else convention.decimal_mark
    formats = convention.date_formats
    is_plain = convention.has_one_date_format or ISO_DATE in formats
    form = ISO_DATE if is_plain else formats[0]
    # A date in a column of money is no amount: written as digits alone it would be one.
    forms = [ISO_DATE if name in _money_of(table.layout) else form for name in table.names]
    cells = {
        f"c{index}": [
            printed(row.cells[column], form, mark) if column in row.cells else "" for row in rows
        ]
        for index, (column, form) in enumerate(zip(table.columns, forms, strict=True))
    }
    return pl.DataFrame(
        {
            "file_no": [number] * len(rows),
            "line_no": [row.number for row in rows],
            "raw_text": [line(row, table.layout) for row in rows],
            "is_broken": [False] * len(rows),
            **cells,
        },
        schema=grid_schema(width),
    )


def _money_of(known: BankLayout) -> set[str | None]:
    columns = known.columns
    balances = (columns.balance, columns.day_balance, columns.balance_before)
    return {columns.amount, columns.credit, columns.debit, columns.fee, *balances}


def swapped(table: Table) -> Row | None:
    """A row from which one sees that some days of the table were read as months, and back; or null.

    A spreadsheet program of another country, asked to open the table of the bank, makes dates of
    the days that exist in its own order and leaves the others as text: no date has a day after the
    12th then, and every text has.
    """
    known = table.layout.columns
    money = {table.names.index(name) for name in known.required() if name != known.booked_on}
    moved = [
        row
        for row in table.rows
        if any(row.cells.get(table.columns[index], "") != "" for index in money)
    ]
    for name in (known.booked_on, known.valued_on):
        column = table.columns[table.names.index(name)] if name in table.names else -1
        dates = [cell for row in moved if isinstance(cell := row.cells.get(column), datetime)]
        texts = [
            (row, int(found[1]) > _MONTHS, int(found[2]) > _MONTHS)
            for row in moved
            if isinstance(cell := row.cells.get(column), str) and (found := _NUMBERS.match(cell))
        ]
        is_one_order = all(first for _, first, _ in texts) or all(second for *_, second in texts)
        if dates and texts and is_one_order and all(cell.day <= _MONTHS for cell in dates):
            return texts[0][0]
    return None


def inflated(table: Table) -> Row | None:
    """A row from which one sees that decimal commas were taken for group marks; or null.

    A program of a country that writes a point makes 2259 of "22,59" and leaves "1.350,00" as text:
    every number is whole then, and every text has cents.
    """
    known = table.layout
    if known.conventions.decimal_mark != ",":
        return None
    names = (known.columns.amount, known.columns.credit, known.columns.debit)
    for name in names:
        column = table.columns[table.names.index(name)] if name in table.names else -1
        cells = [(row, cell) for row in table.rows if (cell := row.cells.get(column)) is not None]
        numbers = [cell for _, cell in cells if isinstance(cell, Decimal) and cell]
        texts = [row for row, cell in cells if isinstance(cell, str) and _GROUPED.search(cell)]
        if numbers and texts and all(number == int(number) for number in numbers):
            return texts[0]
    return None


def line(row: Row, known: BankLayout) -> str:
    """A row as a line of text, with the cells as the workbook shows them."""
    width = max(row.cells) + 1
    return known.table.delimiter.join(
        as_shown(row.cells[column]) if column in row.cells else "" for column in range(width)
    )
