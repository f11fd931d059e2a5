"""XLSX: a zip archive of XML parts, opened only as far as a statement needs and never as a bomb."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from schemas.errors import MalformedFile
from tasks.extract.formats.workbook.markup import tags_of
from tasks.extract.formats.workbook.pages import BROKEN, MOST_ROWS, Page
from tasks.extract.formats.workbook.sheets import (
    Meanings,
    row_count_of,
    rows_of,
    styles_of,
    texts_of,
)
from tasks.extract.source import Source

MAGIC = b"PK\x03\x04"
MOST_PARTS = 2_000
MOST_BYTES = 256 * 1024 * 1024
MOST_RATIO = 200
SMALL_BYTES = 8 * 1024 * 1024
_AGAIN = "open it in a spreadsheet program, save it again as .xlsx, and send that"


def is_workbook(data: bytes) -> bool:
    """The archive has the parts of a workbook; its list of parts stands at its end."""
    return data.startswith(MAGIC) and b"xl/workbook" in data


def is_binary(data: bytes) -> bool:
    """The parts of the workbook are records of bytes instead of XML."""
    return data.startswith(MAGIC) and b"xl/workbook.bin" in data


def pages_of(source: Source, most_rows: int = MOST_ROWS) -> tuple[Page, ...]:
    """The sheets of a workbook, in the order of their tabs.

    Raises:
        MalformedFile: not a workbook that can be read, one with a password, or a zip bomb.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            _check(source, archive)
            return tuple(_pages(archive, most_rows))
    except BROKEN as error:
        raise MalformedFile(
            source.name, f"the workbook is damaged: {_said(error)}", _AGAIN
        ) from error


def _check(source: Source, archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would unpack to more than any statement needs, before unpacking."""
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or size > MOST_BYTES:
        raise MalformedFile(
            source.name,
            f"the workbook has {len(parts)} parts of {size} bytes, more than a statement can need",
            "split the statement into several workbooks",
        )
    if size > SMALL_BYTES and size > MOST_RATIO * len(source.data):
        raise MalformedFile(
            source.name,
            f"the workbook unpacks to {size // max(1, len(source.data))} times its size: a bomb",
            "do not open it; ask the sender where it comes from",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise MalformedFile(
            source.name, "the workbook is locked by a password", "save it without a password"
        )


def _pages(archive: zipfile.ZipFile, most_rows: int) -> Iterator[Page]:
    """Sheets by their tabs; charts and dialogs have no rows."""
    names = set(archive.namelist())
    home = _targets(archive, "", "officeDocument")
    book = next(iter(home.values()), "xl/workbook.xml")
    kinds = {kind: _targets(archive, book, kind) for kind in ("sharedStrings", "styles")}
    texts = [texts_of(archive.read(part)) for part in kinds["sharedStrings"].values()]
    styles = [styles_of(archive.read(part)) for part in kinds["styles"].values()]
    dates, codes = styles[0] if styles else (frozenset[int](), {})
    tabs, settings = _tabs(archive.read(book))
    meanings = Meanings(
        texts[0] if texts else (),
        dates,
        is_1904="date1904" in settings,
        is_uncalculated="fullCalcOnLoad" in settings,
        codes=codes,
    )
    sheets = _targets(archive, book, "worksheet")
    for number, (tab, is_hidden) in enumerate(tabs.items(), start=1):
        if sheets.get(tab) in names:
            data = archive.read(sheets[tab])
            rows = rows_of(data, meanings, most_rows)
            if is_hidden:
                rows = tuple(replace(row, is_hidden=True) for row in rows)
            yield Page(number, rows, row_count_of(data) if most_rows == MOST_ROWS else 0)


def _targets(archive: zipfile.ZipFile, part: str, kind: str) -> dict[str, str]:
    """The parts of a kind to which a part refers, by the name of the relation; none outside."""
    folder, name = posixpath.split(part)
    found = {}
    for tag, given in tags_of(archive.read(posixpath.join(folder, "_rels", f"{name}.rels"))):
        is_ours = tag == "Relationship" and given.get("TargetMode") != "External"
        if is_ours and given["Type"].rpartition("/")[2] == kind:
            target = posixpath.join("/", folder, given["Target"])
            found[given["Id"]] = posixpath.normpath(target).lstrip("/")
    return found


def _tabs(data: bytes) -> tuple[dict[str, bool], set[str]]:
    """The relations of the sheets in the order of the tabs, with whether a person sees them not.

    Beside them, the names of the settings of the workbook that are on.
    """
    tags = tags_of(data)
    settings = {
        name
        for tag, given in tags
        if tag in {"workbookPr", "calcPr"}
        for name, text in given.items()
        if text in {"1", "true"}
    }
    tabs = {
        next(text for key, text in given.items() if key.endswith(":id")): given.get("state")
        in {"hidden", "veryHidden"}
        for tag, given in tags
        if tag == "sheet"
    }
    return tabs, settings


def _said(error: BaseException) -> str:
    """What a library says is broken, as far as it names no more than a place."""
    return type(error).__name__ if not isinstance(error, ValueError) else str(error)[:80]
