"""Cut the lines of tables into cells: all files at once, and one by one where a file stumbles."""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.bank import Table
from tasks.extract.grid import grid_schema
from tasks.extract.view import Sheet

HEAD_BYTES = 64 * 1024
HEADER_LINES = 40
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
NO_SEPARATOR = "\x00"  # files that contain it have been refused
_DIGITS_OF_A_DAY, _PARTS_OF_A_DAY = 6, 3


@dataclass(frozen=True)
class Body:
    """The table of one file as UTF-8 text.

    Attributes:
        sheet: the file and what stands above its header.
        header: the header as the layout writes it.
        header_line: its 1-based line in the file.
        encoding: the encoding of the file.
        data: the lines below the header, without blank lines at the end; not a copy.
        line_count: how many they are, by the line feeds in the bytes.
        row: what every line must fit, where the table has no header line.
    """

    sheet: Sheet
    header: tuple[str, ...]
    header_line: int
    encoding: str
    data: memoryview = field(repr=False)
    line_count: int
    row: str = ""


def cut(bodies: Sequence[Body], table: Table) -> tuple[pl.DataFrame, dict[int, int]]:
    """Cut tables that share a header into one grid; also count its rows by another route.

    Args:
        bodies: tables with the same header and the same pattern of rows.
        table: how they are written.
    """
    counts = {body.sheet.file_no: body.line_count for body in bodies}
    filled = [body for body in bodies if body.line_count]
    if not filled:
        return grid_schema(len(bodies[0].header)).to_frame(), counts
    dialect = _Dialect(
        len(bodies[0].header), table.delimiter, table.quote, has_short_rows=table.has_short_rows
    )
    data = _joined(filled)
    lines = _joined_lines(filled, data)
    cells = _joined_cells(data, dialect)
    doubtful = _doubtful(lines, cells, dialect, has_quotes=dialect.quote.encode() in data)
    if doubtful:
        regular = [body for body in filled if body.sheet.file_no not in doubtful]
        lines = lines.filter(~pl.col("file_no").is_in(doubtful))
        cells = _joined_cells(_joined(regular), dialect)
    schema = grid_schema(dialect.width)
    if cells is None or cells.height != lines.height:
        doubtful, grids = set(counts), [schema.to_frame()]
    else:
        padded = cells.fill_null("") if table.has_short_rows else cells
        grids = [lines.hstack(padded).select(schema.names())]
    for body in filled:
        if body.sheet.file_no in doubtful:
            grid, inner_count = _cut_alone(body, dialect)
            counts[body.sheet.file_no] = _filled_lines(str(body.data, "utf-8")) - inner_count
            grids.append(grid)
    return _fitting(in_order(grids, list(counts)), bodies[0].row), counts


@dataclass(frozen=True)
class _Dialect:
    """How many cells a row has, and what parts them."""

    width: int
    delimiter: str
    quote: str
    has_short_rows: bool


def _fitting(grid: pl.DataFrame, row: str) -> pl.DataFrame:
    """A line that is not like the others of a table without header is broken."""
    if not row:
        return grid
    return grid.with_columns(pl.col("is_broken") | ~pl.col("raw_text").str.contains(row))


def _filled_lines(text: str) -> int:
    return sum(1 for line in text.split("\n") if line.strip())


def _joined(bodies: Sequence[Body]) -> bytes:
    return b"\n".join(body.data for body in bodies)


def _joined_lines(bodies: Sequence[Body], data: bytes) -> pl.DataFrame:
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


def _joined_cells(data: bytes, dialect: _Dialect) -> pl.DataFrame | None:
    """The cells as polars cuts them; null if it finds a row too long or a quote left open.

    Some banks end every row, but not the header, with a delimiter; so there may be one column more.
    """
    names = [f"c{number}" for number in range(dialect.width + 1)]
    for count in (dialect.width, dialect.width + 1):
        try:
            return _table(
                data, names[:count], separator=dialect.delimiter, quote_char=dialect.quote
            )
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
    lines: pl.DataFrame, cells: pl.DataFrame | None, dialect: _Dialect, *, has_quotes: bool
) -> set[int]:
    """The files with a line that does not keep to the rule.

    polars refuses rows that are too long, but it pads a short row without a word: every row that
    ends in an empty cell or holds a quote is compared with the rule; all are, if one was too long.
    """
    if cells is not None and cells.shape == (lines.height, dialect.width):
        doubt = cells[:, -1].str.len_bytes() == 0
        if has_quotes:
            doubt |= lines["raw_text"].str.contains(dialect.quote, literal=True)
        lines = lines.select("file_no", "raw_text").filter(doubt)
    is_regular = pl.col("raw_text").str.contains(_row_pattern(dialect))
    return set(lines.filter(~is_regular)["file_no"].unique())


def _row_pattern(dialect: _Dialect) -> str:
    """A line with all its cells, each either quoted as a whole or without any quote.

    One empty cell more does no harm.
    """
    mark, quote = re.escape(dialect.delimiter), dialect.quote
    cell = f"(?:{quote}(?:[^{quote}]|{quote}{quote})*{quote}|[^{quote}{mark}]*)"
    fewest = 0 if dialect.has_short_rows else dialect.width - 1
    return f"^{cell}(?:{mark}{cell}){{{fewest},{dialect.width - 1}}}(?:{mark}[ \\t]*)?$"


def _cut_alone(body: Body, dialect: _Dialect) -> tuple[pl.DataFrame, int]:
    """Cut one table row by row, and count the lines that continue a row above them."""
    nothing: list[str | None] = [None] * dialect.width
    inner_count = 0
    rows: list[tuple[object, ...]] = []
    for line_no, raw_text, cells in _rows(body, dialect):
        if "\n" in raw_text:
            inner_count += _filled_lines(raw_text) - 1
        rows.append((body.sheet.file_no, line_no, raw_text, not cells, *(cells or nothing)))
    return pl.DataFrame(rows, schema=grid_schema(dialect.width), orient="row"), inner_count


def _rows(body: Body, dialect: _Dialect) -> Iterator[tuple[int, str, list[str]]]:
    """The rows of one table: line, text and cells; no cells where the row is broken.

    A row over several lines is believed only if all its cells are there. Otherwise its first line
    is broken, and the next line is a row again: an open quote costs one row, not the rest. Nor is
    it believed if a later line of it could be a row: a quote that a bank cut off, and another one
    some rows below, would swallow what stands between them.
    """
    text = str(body.data, "utf-8").replace("\r\n", "\n") + "\n"
    mark, quote = re.escape(dialect.delimiter), dialect.quote
    cell = re.compile(f"{quote}(?:[^{quote}]++|{quote}{quote})*+{quote}|(?!{quote})[^{mark}\n]*+")
    row = re.compile(f"(?:{cell.pattern})(?:{mark}(?:{cell.pattern}))*+(?=\n)")
    start, line_no = 0, body.header_line + 1
    while start < len(text):
        end = text.index("\n", start)
        match = row.match(text, start)
        if match and _holds_rows(match[0], dialect):
            match = None
        cells = _fitted(_cells(match[0], cell, quote), dialect) if match else []
        if match and cells:
            end = match.end()
        raw_text = text[start:end]
        if raw_text.strip():
            yield line_no, raw_text, cells
        line_no += raw_text.count("\n") + 1
        start = end + 1


def _holds_rows(row: str, dialect: _Dialect) -> bool:
    """Whether a line below the first one of a row could be a row of its own.

    It has as many marks as one, and where the first line has a day it has one too.
    """
    first, *others = (line.split(dialect.delimiter) for line in row.split("\n"))
    return any(len(line) >= dialect.width and any(map(_are_days, first, line)) for line in others)


def _are_days(one: str, other: str) -> bool:
    """Whether two cells are written alike, with as many digits or marks between them as a day."""
    shape, same = (re.sub(r"\d+", "9", cell.strip(' "')) for cell in (one, other))
    digits = sum(char.isdigit() for char in one)
    return shape == same and (digits >= _DIGITS_OF_A_DAY or shape.count("9") >= _PARTS_OF_A_DAY)


def _cells(row: str, cell: re.Pattern[str], quote: str) -> Iterator[str]:
    """The cells of a row that keeps to the rule, without their quotes."""
    start = 0
    while start <= len(row) and (match := cell.match(row, start)):
        text = match[0]
        yield text[1:-1].replace(quote * 2, quote) if text.startswith(quote) else text
        start = match.end() + 1


def _fitted(cells: Iterable[str], dialect: _Dialect) -> list[str]:
    """The cells without empty ones beyond the header; none if their number is wrong."""
    found = list(cells)
    if dialect.has_short_rows and len(found) > 1:
        found += [""] * (dialect.width - len(found))
    fits = len(found) >= dialect.width and not any(cell.strip() for cell in found[dialect.width :])
    return found[: dialect.width] if fits else []


def in_order(frames: list[pl.DataFrame], order: Sequence[int]) -> pl.DataFrame:
    """One frame in the order of the files; each file stands in one of the frames."""
    filled = [one for one in frames if one.height]
    if len(filled) < 2:
        return filled[0] if filled else frames[0]
    position = {number: index for index, number in enumerate(order)}
    key = pl.col("file_no").replace_strict(position, return_dtype=pl.UInt32)
    return pl.concat(filled).sort(key, maintain_order=True)
