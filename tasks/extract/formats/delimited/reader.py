"""CSV: the tables that banks export, recognised by their header line.

All files of a layout are joined and cut into cells by one call. A file in which any line does not
keep to the rule (cells missing, a quote left open, a cell over several lines) is cut alone, row by
row, so that it never harms its neighbours.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.bank import BankLayout, header_key
from schemas.errors import FileError, MalformedFile, UndecodableFile
from schemas.findings import no_findings
from schemas.statement import STATEMENT_TEXT
from schemas.transactions import RECORD
from tasks.extract import profiles
from tasks.extract.grid import Rows, Sheet, grid_schema, interpret
from tasks.extract.source import Clue, FileRead, Format, Reading, Source, decode

HEAD_BYTES = 64 * 1024
HEADER_LINES = 40
PIECE_BYTES = 64 * 1024
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
NO_SEPARATOR = "\x00"  # files that contain it have been refused


@dataclass(frozen=True)
class _Body:
    """The table of one file as UTF-8 text.

    Attributes:
        sheet: the file and what stands above its header.
        header: the header as the layout writes it.
        header_line: its 1-based line in the file.
        encoding: the encoding of the file.
        data: the lines below the header, without blank lines at the end; not a copy.
        line_count: how many they are, by the line feeds in the bytes.
    """

    sheet: Sheet
    header: tuple[str, ...]
    header_line: int
    encoding: str
    data: memoryview = field(repr=False)
    line_count: int


def sniff(source: Source) -> list[Clue]:
    """One clue a layout whose header line stands among the first 40 lines."""
    data = source.data[:HEAD_BYTES]
    clues: dict[str, Clue] = {}
    for encoding in _encodings(data):
        text = data.decode(encoding, errors="replace")
        for number, line in enumerate(_lines(text), start=1):
            for name in profiles.with_header(line):
                because = f"line {number} is the header of {profiles.layout(name).title}"
                clues.setdefault(name, Clue(name, because))
    return [clues[name] for name in sorted(clues)]


def _encodings(data: bytes) -> Sequence[str]:
    """The encodings in which a header may be written; a byte order mark leaves no choice."""
    if data.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    if data.startswith(MARKS):
        return ("utf-16",)
    if data.isascii():
        return ("utf-8",)
    known = profiles.layouts().values()
    return tuple({name: None for layout in known for name in layout.table.encodings})


def _lines(text: str) -> list[str]:
    """The lines among which a header may stand."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n", maxsplit=HEADER_LINES)[:HEADER_LINES]


def read(sources: Sequence[Source], layout_name: str) -> Reading:
    """Read files of one layout; a file that cannot be read is refused alone.

    Raises:
        SettingsError: there is no such layout.
    """
    layout = profiles.layout(layout_name)
    bodies: dict[tuple[str, ...], list[_Body]] = {}
    files: dict[int, FileRead] = {}
    for source in sources:
        try:
            body = _opened(source, layout)
        except FileError as error:
            files[source.file_no] = FileRead(source.file_no, error=error)
        else:
            bodies.setdefault(body.header, []).append(body)
    tables = []
    for header, of_header in bodies.items():
        grid, counts = _cut(of_header, len(header), layout.table.delimiter)
        rows = interpret(grid, header, [body.sheet for body in of_header], layout)
        tables.append(rows)
        files |= {body.sheet.file_no: _file_read(body, rows, counts) for body in of_header}
    order = [source.file_no for source in sources]
    return Reading(
        convention=layout.convention,
        records=_in_order([rows.records for rows in tables] or [RECORD.to_frame()], order),
        statements=_in_order(
            [rows.statements for rows in tables] or [STATEMENT_TEXT.to_frame()], order
        ),
        files=tuple(files[number] for number in order),
        findings=_in_order([rows.findings for rows in tables] or [no_findings()], order),
    )


def _file_read(body: _Body, rows: Rows, counts: Mapping[int, int]) -> FileRead:
    number = body.sheet.file_no
    if number in rows.errors:
        return FileRead(number, encoding=body.encoding, error=rows.errors[number])
    return FileRead(number, body.encoding, counts[number], rows.markers.get(number, 0))


def _in_order(frames: list[pl.DataFrame], order: Sequence[int]) -> pl.DataFrame:
    """One frame in the order of the files; each file stands in one of the frames."""
    filled = [one for one in frames if one.height]
    if len(filled) < 2:
        return filled[0] if filled else frames[0]
    position = {number: index for index, number in enumerate(order)}
    key = pl.col("file_no").replace_strict(position, return_dtype=pl.UInt32)
    return pl.concat(filled).sort(key, maintain_order=True)


def _opened(source: Source, layout: BankLayout) -> _Body:
    """Find the header and what stands above and below it.

    Raises:
        UndecodableFile: none of the encodings of the layout fits.
        MalformedFile: NUL bytes, or no header of the layout among the first lines.
    """
    data, encoding = _utf8(source, layout.table.encodings)
    lines = _lines(data[:HEAD_BYTES].decode(errors="replace"))
    for number, line in enumerate(lines):
        header = layout.header_keys.get(header_key(line, layout.table.delimiter))
        if header is not None:
            sheet = Sheet(source.file_no, source.name, source.printed_name, tuple(lines[:number]))
            start, end = _below(data, number + 1)
            line_count = data.count(b"\n", start, end) + 1 if end > start else 0
            body = memoryview(data)[start:end]
            return _Body(sheet, header, number + 1, encoding, body, line_count)
    raise MalformedFile(
        source.name,
        f"no header of {layout.title} among the first {HEADER_LINES} lines",
        "export the file again; if the bank changed its table, add the header to the layout",
    )


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
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), PIECE_BYTES):
        pending = len(decoder.getstate()[0])
        end = start + PIECE_BYTES
        try:
            decoder.decode(data[start:end], final=end >= len(data))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


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


def _cut(
    bodies: Sequence[_Body], width: int, delimiter: str
) -> tuple[pl.DataFrame, dict[int, int]]:
    """Cut tables that share a header into one grid; also count its rows by another route."""
    counts = {body.sheet.file_no: body.line_count for body in bodies}
    filled = [body for body in bodies if body.line_count]
    data = _joined(filled)
    lines = _joined_lines(filled, data)
    cells = _joined_cells(data, width, delimiter)
    doubtful = _doubtful(lines, cells, width, delimiter)
    if doubtful:
        regular = [body for body in filled if body.sheet.file_no not in doubtful]
        lines = lines.filter(~pl.col("file_no").is_in(doubtful))
        cells = _joined_cells(_joined(regular), width, delimiter)
    schema = grid_schema(width)
    if cells is None or cells.height != lines.height:
        doubtful, grids = set(counts), [schema.to_frame()]
    else:
        grids = [lines.hstack(cells).select(schema.names())]
    for body in filled:
        if body.sheet.file_no in doubtful:
            grid, inner_count = _cut_alone(body, width, delimiter)
            counts[body.sheet.file_no] = _filled_lines(str(body.data, "utf-8")) - inner_count
            grids.append(grid)
    return _in_order(grids, list(counts)), counts


def _filled_lines(text: str) -> int:
    return sum(1 for line in text.split("\n") if line.strip())


def _joined(bodies: Sequence[_Body]) -> bytes:
    return b"\n".join(body.data for body in bodies)


def _joined_lines(bodies: Sequence[_Body], data: bytes) -> pl.DataFrame:
    """Every line of the tables as printed, with its file and its number."""
    numbers = [body.sheet.file_no for body in bodies]
    firsts = [body.header_line + 1 for body in bodies]
    ends = [body.header_line + 1 + body.line_count for body in bodies]
    files = pl.DataFrame(
        {"file_no": numbers, "first": firsts, "end": ends},
        schema=dict.fromkeys(("file_no", "first", "end"), pl.UInt32()),
    )
    places = files.select(
        "file_no",
        pl.int_ranges("first", "end", dtype=pl.UInt32).alias("line_no"),
        pl.lit(value=False).alias("is_broken"),
    ).explode("line_no", empty_as_null=False)
    return places.hstack(_table(data, ["raw_text"], separator=NO_SEPARATOR, quote_char=None))


def _joined_cells(data: bytes, width: int, delimiter: str) -> pl.DataFrame | None:
    """The cells as polars cuts them; null if it finds a row too long or a quote left open.

    Some banks end every row, but not the header, with a delimiter; so there may be one column more.
    """
    names = [f"c{number}" for number in range(width + 1)]
    for count in (width, width + 1):
        try:
            return _table(data, names[:count], separator=delimiter, quote_char='"')
        except pl.exceptions.PolarsError:
            continue
    return None


def _table(
    data: bytes, names: Sequence[str], *, separator: str, quote_char: str | None
) -> pl.DataFrame:
    """The joined tables as one frame of text."""
    schema = dict.fromkeys(names, pl.String())
    if not data:
        return pl.DataFrame(schema=schema)
    return pl.read_csv(
        data,
        has_header=False,
        separator=separator,
        quote_char=quote_char,
        schema=schema,
        empty_string_is_null=False,
    )


def _doubtful(
    lines: pl.DataFrame, cells: pl.DataFrame | None, width: int, delimiter: str
) -> set[int]:
    """The files with a line that does not keep to the rule.

    polars refuses rows that are too long, but it pads a short row without a word: every row that
    ends in an empty cell or holds a quote is compared with the rule; all are, if one was too long.
    """
    if cells is not None and cells.shape == (lines.height, width):
        is_empty = cells[:, -1].str.len_bytes() == 0
        has_quote = lines["raw_text"].str.contains('"', literal=True)
        lines = lines.select("file_no", "raw_text").filter(is_empty | has_quote)
    is_regular = pl.col("raw_text").str.contains(_row_pattern(width, delimiter))
    return set(lines.filter(~is_regular)["file_no"].unique())


def _row_pattern(width: int, delimiter: str) -> str:
    """A line with all its cells, each either quoted as a whole or without any quote.

    One empty cell more does no harm.
    """
    mark = re.escape(delimiter)
    cell = f'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
    return f"^{cell}(?:{mark}{cell}){{{width - 1}}}(?:{mark}[ \\t]*)?$"


def _cut_alone(body: _Body, width: int, delimiter: str) -> tuple[pl.DataFrame, int]:
    """Cut one table row by row, and count the lines that continue a row above them."""
    nothing: list[str | None] = [None] * width
    inner_count = 0
    rows: list[tuple[object, ...]] = []
    for line_no, raw_text, cells in _rows(body, width, delimiter):
        if "\n" in raw_text:
            inner_count += _filled_lines(raw_text) - 1
        rows.append((body.sheet.file_no, line_no, raw_text, not cells, *(cells or nothing)))
    return pl.DataFrame(rows, schema=grid_schema(width), orient="row"), inner_count


def _rows(body: _Body, width: int, delimiter: str) -> Iterator[tuple[int, str, list[str]]]:
    """The rows of one table: line, text and cells; no cells where the row is broken.

    A row over several lines is believed only if all its cells are there. Otherwise its first line
    is broken, and the next line is a row again: an open quote costs one row, not the rest.
    """
    text = str(body.data, "utf-8").replace("\r\n", "\n") + "\n"
    mark = re.escape(delimiter)
    cell = re.compile(f'"(?:[^"]++|"")*+"|(?!")[^{mark}\n]*+')
    row = re.compile(f"(?:{cell.pattern})(?:{mark}(?:{cell.pattern}))*+(?=\n)")
    start, line_no = 0, body.header_line + 1
    while start < len(text):
        end = text.index("\n", start)
        match = row.match(text, start)
        cells = _fitted(_cells(match[0], cell), width) if match else []
        if match and cells:
            end = match.end()
        raw_text = text[start:end]
        if raw_text.strip():
            yield line_no, raw_text, cells
        line_no += raw_text.count("\n") + 1
        start = end + 1


def _cells(row: str, cell: re.Pattern[str]) -> Iterator[str]:
    """The cells of a row that keeps to the rule, without their quotes."""
    start = 0
    while start <= len(row) and (match := cell.match(row, start)):
        text = match[0]
        yield text[1:-1].replace('""', '"') if text.startswith('"') else text
        start = match.end() + 1


def _fitted(cells: Iterable[str], width: int) -> list[str]:
    """The cells without empty ones beyond the header; none if their number is wrong."""
    found = list(cells)
    fits = len(found) >= width and not any(cell.strip() for cell in found[width:])
    return found[:width] if fits else []


CSV = Format(
    name="csv", title="CSV export of a bank", suffixes=(".csv", ".txt"), sniff=sniff, read=read
)
