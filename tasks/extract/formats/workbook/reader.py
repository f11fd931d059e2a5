"""Workbooks: XLSX and the older XLS, told apart by their bytes.

A row without a booking date that has the other date of its layout is pending: the bank announces
it. Hidden rows are in the file, so they are read, with a remark that says so.
"""

import re
from collections.abc import Sequence

from schemas.errors import FileError, MalformedFile, UnknownFormat
from schemas.statement import Convention
from tasks.extract.formats.workbook import legacy, package
from tasks.extract.formats.workbook.assembly import Batch, together
from tasks.extract.formats.workbook.doubts import (
    lost_digits,
    nameless_mark,
    other_table,
    table_above,
)
from tasks.extract.formats.workbook.pages import MOST_ROWS, Page
from tasks.extract.formats.workbook.tables import (
    HEADER_ROWS,
    Table,
    inflated,
    layout,
    layouts,
    layouts_of,
    swapped,
    table_of,
)
from tasks.extract.source import Clue, Format, Reading, Source

_HEAD_BYTES = 1024
_BEGINNINGS = (b"<", b"pk", b"mime", b"id;p")
_OTHERS = {
    "a web page or an XML table that is called a workbook": (
        rb"(?:<\?xml[^>]*>\s*)?<(?:html|!doctype html|table|head|meta|style|div|body)\b"
        rb"|.*urn:schemas-microsoft-com:office:spreadsheet|mime-version:.*(?:excel|workbook)"
    ),
    "a spreadsheet of OpenDocument": (
        rb"PK.{28}mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet"
    ),
    "a table in SYLK": rb"id;p",
}
NO_LAYOUT = Convention(date_formats=("%Y-%m-%d",))


def sniff(source: Source) -> list[Clue]:
    """One clue a layout whose header stands in a sheet.

    A workbook without such a header, or one that cannot be opened, is ours as well: the reader
    refuses it with the reason.
    """
    if other := _other(source.data):
        return [Clue("", f"it is {other}")]
    if not (package.is_workbook(source.data) or legacy.is_workbook(source.data)):
        return []
    clues: dict[str, Clue] = {}
    try:
        for page in _pages(source, HEADER_ROWS):
            for name, row in layouts_of(page):
                because = f"sheet {page.number} row {row} is the header of {layout(name).title}"
                clues.setdefault(name, Clue(name, because))
    except FileError:
        pass
    found = [clues[name] for name in sorted(clues)]
    return found or [Clue("", "it is a workbook, but no sheet has a header that we know")]


def read(sources: Sequence[Source], layout_name: str) -> Reading:
    """Read workbooks of one layout; a file that cannot be read is refused alone.

    Raises:
        SettingsError: there is no such layout.
    """
    batch = Batch()
    for source in sources:
        try:
            _open(source, layout_name, batch)
        except FileError as error:
            batch.errors[source.file_no] = error
    return together(sources, layout(layout_name).convention if layout_name else NO_LAYOUT, batch)


def _pages(source: Source, most_rows: int = MOST_ROWS) -> tuple[Page, ...]:
    if other := _other(source.data):
        raise UnknownFormat(
            source.name,
            f"it is {other}",
            "download the statement as .xlsx, CSV or OFX; a program that opens this file and saves"
            " it again may change its amounts and days",
        )
    if legacy.is_workbook(source.data):
        return legacy.pages_of(source, most_rows)
    return package.pages_of(source, most_rows)


def _other(data: bytes) -> str:
    """What a file is that is called a workbook, or nothing."""
    head = data[:_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head[:4].lower().startswith(_BEGINNINGS):  # so it is with nearly all files
        return ""
    if package.is_binary(data):
        return "a binary workbook (XLSB)"
    looks = (
        name for name, one in _OTHERS.items() if re.match(one, head, re.DOTALL | re.IGNORECASE)
    )
    return next(looks, "")


def _open(source: Source, layout_name: str, batch: Batch) -> None:
    """Find the tables of one file.

    Raises:
        FileError: it cannot be opened, has no table of the layout or more than that, or was mangled
            when saved again.
    """
    pages = [page for page in _pages(source) if page.rows or page.row_count]
    if not layout_name:
        raise UnknownFormat(
            source.name,
            "it is a workbook, but no sheet has a header that we know",
            "see buffet banks; a new bank is a TOML with the header of its table",
        )
    known = layout(layout_name)
    tables = [(page, table_of(source, page, known)) for page in pages]
    if not any(table for _, table in tables):
        raise UnknownFormat(
            source.name,
            f"no header of {known.title} among the first {HEADER_ROWS} rows of a sheet",
            "export the file again; if the bank changed its table, add the header to the layout",
        )
    found = [table for _, table in tables if table]
    for table in found:
        _check(table)
    batch.tables += found
    batch.unread += [(source.file_no, page.number) for page, table in tables if not table]


def _check(table: Table) -> None:
    """Refuse a table that a spreadsheet program of another country changed when it saved it.

    Raises:
        MalformedFile: days or amounts are not those of the bank, or the sheet is more than a table.
    """
    told = {
        "days after the 12th are text and the others are dates: a spreadsheet program of another"
        " country read day and month in the wrong order": swapped(table),
        "amounts are text with cents or numbers without: a spreadsheet program of another country"
        " took the decimal comma away": inflated(table),
        "the account is a number, of which a spreadsheet program keeps no more than 15 digits": (
            lost_digits(table)
        ),
        "another table with other columns begins here": other_table(table),
        "another table stands above the header": table_above(table),
        "a column without name says which amounts are debits and which credits": nameless_mark(
            table
        ),
    }
    for problem, row in told.items():
        if row:
            raise MalformedFile(
                f"{table.source.name}: sheet {table.page.number} row {row.number}",
                problem,
                "send the file as the bank made it, without saving it in a spreadsheet program;"
                " if this is how the bank makes it, ask for one table a sheet",
            )


XLSX = Format(
    name="xlsx",
    title="Excel workbook of a bank",
    suffixes=(".xlsx", ".xlsm", ".xls"),
    sniff=sniff,
    read=read,
    layouts=layouts,
    version=5,
)
