"""CSV: the tables that banks export, recognised by their header line.

All files of a layout are joined and cut into cells by one call. A file in which any line does not
keep to the rule (cells missing, a quote left open, a cell over several lines) is cut alone, row by
row, so that it never harms its neighbours.
"""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import polars as pl

from schemas.bank import BankLayout, header_cells, header_key, trimmed
from schemas.errors import FileError, MalformedFile, UndecodableFile
from schemas.findings import no_findings
from schemas.statement import STATEMENT_TEXT
from schemas.transactions import RECORD
from tasks.extract import profiles
from tasks.extract.formats.delimited.above import refuse_rows_above
from tasks.extract.formats.delimited.cut import (
    HEAD_BYTES,
    HEADER_LINES,
    MARKS,
    Body,
    cut,
    in_order,
)
from tasks.extract.formats.delimited.volumes import volumes
from tasks.extract.grid import Rows, interpret
from tasks.extract.scan import line_breaks
from tasks.extract.source import Clue, FileRead, Format, Reading, Source, decode
from tasks.extract.view import Sheet

PIECE_BYTES = 64 * 1024
GLANCE = 4096  # letters in which so many lines nearly always stand
_LINE_END = re.compile(r"[\r\n]")


def sniff(source: Source) -> list[Clue]:
    """One clue a layout whose header stands among the first 40 lines, or whose rows these are."""
    data = source.data[:HEAD_BYTES]
    clues: dict[str, Clue] = {}
    for text in _texts(data):
        for clue in (*_by_header(text), *_by_rows(text, is_whole=len(source.data) <= HEAD_BYTES)):
            clues.setdefault(clue.layout, clue)
    return [clues[name] for name in sorted(clues)]


def _by_header(text: str) -> Iterator[Clue]:
    for number, line in profiles.like_headers(_first_lines(text)):
        for name in profiles.with_header(line):
            layout = profiles.layout(name)
            if _stands_apart(layout, text, number):
                yield Clue(name, f"line {number} is the header of {layout.title}")


def _stands_apart(layout: BankLayout, text: str, number: int) -> bool:
    """What stands around the header in that line is what the layout needs."""
    above, row = layout.table.needs_above, layout.table.needs_row
    if above is None and row is None:
        return True
    lines = _with_line_feeds(text).split("\n")
    return (above is None or any(re.search(above, line) for line in lines[: number - 1])) and (
        row is None or any(re.search(row, line) for line in lines[number:])
    )


def _by_rows(text: str, *, is_whole: bool) -> Iterator[Clue]:
    """Most files are ruled out by their first line, so the others are cut only if it fits."""
    if not profiles.with_rows([_first_filled(text)]):
        return
    lines = _with_line_feeds(text).split("\n")
    whole = lines if is_whole or len(lines) == 1 else lines[:-1]
    for name in profiles.with_rows(whole):
        title = profiles.layout(name).title
        yield Clue(name, f"there is no header, and every row is one of {title}")


def _texts(data: bytes) -> Iterator[str]:
    """The beginning of a file in each encoding that its header may be written in.

    Bytes that are UTF-8 leave no choice; they may end in half a character.
    """
    if data.startswith(MARKS):
        is_utf8 = data.startswith(codecs.BOM_UTF8)
        yield data.decode("utf-8-sig" if is_utf8 else "utf-16", errors="replace")
        return
    try:
        text, _ = codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError:
        known = profiles.layouts().values()
        for encoding in dict.fromkeys(name for one in known for name in one.table.encodings):
            yield data.decode(encoding, errors="replace")
    else:
        yield text


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _first_lines(text: str) -> list[str]:
    """The lines among which a header is looked for, whatever their ends."""
    lines: list[str] = []
    for start in (text[:GLANCE], text):
        lines = _with_line_feeds(start).split("\n", HEADER_LINES)
        if len(lines) > HEADER_LINES:
            break
    return lines[:HEADER_LINES]


def _first_filled(text: str) -> str:
    """The first line that is not blank."""
    filled = len(text) - len(text.lstrip())
    start = max(text.rfind("\n", 0, filled), text.rfind("\r", 0, filled)) + 1
    end = _LINE_END.search(text, filled)
    return text[start : end.start() if end else None]


def read(sources: Sequence[Source], layout_name: str) -> Reading:
    """Read files of one layout; a file that cannot be read is refused alone.

    Raises:
        SettingsError: there is no such layout.
    """
    return read_as(sources, profiles.layout(layout_name))


def read_as(sources: Sequence[Source], layout: BankLayout) -> Reading:
    """Read files by a layout that need not stand in the register, such as a proposed one."""
    bodies: dict[tuple[object, ...], list[Body]] = {}
    files: dict[int, FileRead] = {}
    for source in sources:
        try:
            body = _opened(source, layout)
        except FileError as error:
            files[source.file_no] = FileRead(source.file_no, error=error)
        else:
            bodies.setdefault((body.header, body.row), []).append(body)
    tables = []
    for alike in bodies.values():
        grid, counts = cut(alike, layout.table)
        rows = interpret(grid, alike[0].header, [body.sheet for body in alike], layout)
        tables.append(rows)
        files |= {body.sheet.file_no: _file_read(body, rows, counts) for body in alike}
    order = [source.file_no for source in sources]
    return Reading(
        convention=layout.convention,
        records=in_order([rows.records for rows in tables] or [RECORD.to_frame()], order),
        statements=in_order(
            [rows.statements for rows in tables] or [STATEMENT_TEXT.to_frame()], order
        ),
        files=tuple(files[number] for number in order),
        findings=in_order([rows.findings for rows in tables] or [no_findings()], order),
    )


def _file_read(body: Body, rows: Rows, counts: Mapping[int, int]) -> FileRead:
    number = body.sheet.file_no
    if number in rows.errors:
        return FileRead(number, encoding=body.encoding, error=rows.errors[number])
    return FileRead(number, body.encoding, counts[number], rows.markers.get(number, 0))


def _opened(source: Source, layout: BankLayout) -> Body:
    """Find the header and what stands above and below it.

    Raises:
        UndecodableFile: none of the encodings of the layout fits.
        MalformedFile: NUL bytes, no header of the layout among the first lines, or rows above it.
    """
    data, encoding = _utf8(source, layout.table.encodings)
    text = data[:HEAD_BYTES].decode(errors="replace")
    lines = _first_lines(text)
    for number, line in profiles.like_headers(lines, layout):
        header = layout.header_index.get(trimmed(header_key(line, layout.table.delimiter)))
        if header is not None:
            body = _body(source, data, encoding, header, lines[:number])
            refuse_rows_above(body, layout)
            return body
    first = _first_filled(text)
    for variant in layout.table.headerless:
        if re.search(variant.row, first):
            header = header_cells(variant.columns, layout.table.delimiter)
            return _body(source, data, encoding, header, [], variant.row)
    raise MalformedFile(
        source.name,
        f"no header of {layout.title} among the first {HEADER_LINES} lines",
        "export the file again; if the bank changed its table, add the header to the layout",
    )


def _body(
    source: Source,
    data: bytes,
    encoding: str,
    header: tuple[str, ...],
    head: Sequence[str],
    row: str = "",
) -> Body:
    """The table below the lines of the head, the last of which is the header."""
    sheet = Sheet(source.file_no, source.name, source.printed_name, tuple(head[:-1]))
    start, end = _below(data, len(head))
    line_count = line_breaks(data, start, end) + 1 if end > start else 0
    body = memoryview(data)[start:end]
    return Body(sheet, header, len(head), encoding, body, line_count, row)


def _utf8(source: Source, encodings: Sequence[str]) -> tuple[bytes, str]:
    """The text of a file as UTF-8 without byte order mark, with line feeds, and its encoding."""
    data, encoding = source.data, "utf-8"
    if data.startswith(MARKS):
        text, encoding = decode(source)
        data = text.encode()
    elif not data.isascii():
        encoding = _fitting(source, encodings)
        data = data if encoding == "utf-8" else data.decode(encoding).encode()
    if (nul := data.find(b"\x00")) >= 0:
        byte = len(data[:nul].decode().encode(encoding))
        raise MalformedFile(
            f"{source.name}: byte {byte}",
            "a NUL byte, which no text has",
            "export the file again; it is damaged",
        )
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data, encoding


def _fitting(source: Source, encodings: Sequence[str]) -> str:
    """The first encoding that fits all bytes."""
    misfits = {}
    for encoding in encodings:
        byte = _misfit(source.data, encoding)
        if byte is None:
            return encoding
        misfits[encoding] = byte
    raise UndecodableFile(
        source.name,
        ", ".join(f"byte {byte} is not {encoding}" for encoding, byte in misfits.items()),
        "export the file again; if the bank changed its encoding, add it to the layout",
    )


def _misfit(data: bytes, encoding: str) -> int | None:
    """The first byte that is no text; decoded in pieces, as the text of a whole file is large."""
    if encoding == "utf-8" and len(data) > PIECE_BYTES and _is_utf8(data):
        return None
    if len(data) <= PIECE_BYTES:
        try:
            data.decode(encoding)
        except UnicodeDecodeError as error:
            return error.start
        return None
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), PIECE_BYTES):
        pending = len(decoder.getstate()[0])
        end = start + PIECE_BYTES
        try:
            decoder.decode(data[start:end], final=end >= len(data))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _is_utf8(data: bytes) -> bool:
    """The bytes are UTF-8: polars tells in a tenth of the time, but not where they are not."""
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return False
    return True


def _below(data: bytes, line_count: int) -> tuple[int, int]:
    """Where the text below the first lines starts and ends, without blank lines at its end."""
    start, end = 0, len(data)
    for _ in range(line_count):
        start = data.find(b"\n", start) + 1
        if start == 0:
            return end, end
    while end > start and data[end - 1] in b"\r\n":
        end -= 1
    return start, end


CSV = Format(
    name="csv",
    title="CSV export of a bank",
    suffixes=(".csv", ".txt"),
    sniff=sniff,
    read=read,
    volumes=partial(volumes, read),
    layouts=profiles.layouts,
    version=6,
)
