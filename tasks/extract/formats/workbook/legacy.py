"""XLS: the binary workbook of before 2007, read by xlrd."""

import io
import re
from collections.abc import Iterator
from decimal import Decimal

import xlrd  # type: ignore[import-untyped]  # xlrd has no types

from schemas.errors import MalformedFile
from tasks.extract.formats.workbook.pages import (
    BROKEN,
    MOST_ROWS,
    Cell,
    Page,
    Row,
    date_of,
    number_of,
    with_merged_days,
)
from tasks.extract.formats.workbook.signs import has_sign, with_sign
from tasks.extract.source import Source

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_BYTES = 64 * 1024 * 1024
_BOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book", "EncryptedPackage"))
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_BARE = re.compile(rb"\x09[\x00\x02\x04\x08][\x04\x06\x08\x10]\x00")


def is_workbook(data: bytes) -> bool:
    """A compound file with the stream of a workbook, or of one that a password locks.

    Programs for Excel 2 to 5 write the stream alone.
    """
    if data.startswith(MAGIC):
        return any(name in data for name in _BOOKS)
    return _BARE.match(data) is not None


def pages_of(source: Source, most_rows: int = MOST_ROWS) -> tuple[Page, ...]:
    """The sheets of a workbook, in the order of their tabs.

    Raises:
        MalformedFile: not a workbook that can be read, too large, or one with a password.
    """
    if len(source.data) > MOST_BYTES:
        raise MalformedFile(
            source.name,
            f"a binary workbook of {len(source.data)} bytes is more than a statement can need",
            "split the statement into several workbooks",
        )
    if _LOCKED in source.data:
        raise _locked(source)
    try:
        with xlrd.open_workbook(
            file_contents=source.data, logfile=io.StringIO(), formatting_info=True
        ) as book:
            return tuple(
                Page(number, with_merged_days(rows, _merged(sheet)), _count(sheet))
                for number, sheet in enumerate(book.sheets(), start=1)
                for rows in [tuple(_rows(sheet, book, most_rows))]
            )
    except (*BROKEN, xlrd.XLRDError, xlrd.compdoc.CompDocError) as error:
        if "encrypted" in str(error):
            raise _locked(source) from error
        raise MalformedFile(
            source.name,
            f"the workbook is damaged: {type(error).__name__}",
            "open it in a spreadsheet program, save it as .xlsx, and send that",
        ) from error


def _locked(source: Source) -> MalformedFile:
    return MalformedFile(
        source.name, "the workbook is locked by a password", "save it without a password"
    )


def _rows(sheet: xlrd.sheet.Sheet, book: xlrd.book.Book, most_rows: int) -> Iterator[Row]:
    """The rows that hold anything."""
    found = 0
    codes = {number: known.format_str for number, known in book.format_map.items()}
    signs = {
        number: codes[style.format_key]
        for number, style in enumerate(book.xf_list)
        if has_sign(codes.get(style.format_key, ""))
    }
    for index in range(sheet.nrows):
        cells = {
            column: _signed(
                _cell(kind, value, is_1904=book.datemode == 1),
                signs.get(sheet.cell_xf_index(index, column)) if signs else None,
            )
            for column, (kind, value) in enumerate(
                zip(sheet.row_types(index), sheet.row_values(index), strict=True)
            )
            if _is_filled(kind, value)
        }
        if cells:
            info = sheet.rowinfo_map.get(index)
            yield Row(index + 1, cells, bool(sheet.visibility or (info and info.hidden)))
            found += 1
        if found >= most_rows:
            return


def _merged(sheet: xlrd.sheet.Sheet) -> list[tuple[int, int, int]]:
    """First row and last row, from 1, and first column of each area of merged cells."""
    return [(first + 1, after, column) for first, after, column, _ in sheet.merged_cells]


def _count(sheet: xlrd.sheet.Sheet) -> int:
    """How many rows hold anything, cell by cell as xlrd keeps them."""
    return sum(
        any(_is_filled(cell.ctype, cell.value) for cell in sheet.row(index))
        for index in range(sheet.nrows)
    )


def _is_filled(kind: int, value: object) -> bool:
    return kind not in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK} and value != ""


def _signed(cell: Cell, code: str | None) -> Cell:
    """A number with the sign that its format writes beside it."""
    return with_sign(cell, code) if code and isinstance(cell, Decimal) else cell


def _cell(kind: int, value: str | float, *, is_1904: bool) -> Cell:
    """A cell; the double that xlrd gives is written with the 15 digits that Excel shows."""
    if isinstance(value, str):
        return value
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(int(value), "#ERROR"))
    number = number_of(repr(value))
    if kind == xlrd.XL_CELL_DATE:
        return date_of(number, is_1904=is_1904) or number
    return number
