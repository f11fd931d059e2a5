"""The tables that the text of files may hold: encoding, delimiter, header line and rows."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.bank import trimmed
from tasks.extract.propose.dates import is_day
from tasks.extract.source import Source
from tasks.extract.words import known_accents

DELIMITERS = (";", ",", "\t", "|")
HEADER_LINES, HEAD_LINES = 40, 240
_HEAD_BYTES = 256 * 1024
_MANY_HEADERS, _MANY_COLUMNS = 4, 80
_CODE_PAGES = (
    *("cp1252", "latin-1", "iso8859-15", "cp1250", "iso8859-2", "cp1251", "cp1257", "cp850"),
    *("cp437", "koi8-r", "cp866", "mac-roman"),
)
_VALUE = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*")
_AMOUNT = re.compile(
    r"\W*(?:[A-Za-z]{1,4}\.?\W*)?\d[\d.,' ]*[.,]\d{1,4}\W*(?:[A-Za-z]{1,4}\.?\W*)?"
)


@dataclass(frozen=True)
class Text:
    """A file as text.

    Attributes:
        source: the file.
        encoding: as a layout names it.
        text: its text, without byte order mark.
        is_sure: the bytes, or words that only this encoding spells, leave no other.
    """

    source: Source
    encoding: str
    text: str
    is_sure: bool


@dataclass(frozen=True)
class Row:
    """A line below a header, or several where a quoted cell holds line ends.

    Attributes:
        file_no: position of the file.
        line_no: 1-based, of its first line.
        raw_text: as printed.
        cells: as many as the header has; none if their number is another.
    """

    file_no: int
    line_no: int
    raw_text: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A header that all files share, and what stands above and below it.

    Attributes:
        texts: the files.
        delimiter: between two cells.
        header_lines: the header as each file prints it, without repetitions, and without empty
            names at its end, as rows may lack those cells.
        names: its cells, trimmed.
        preambles: by file, the lines above it.
        rows: below it, in the order of files and lines, without blank rows and repeated headers.
    """

    texts: tuple[Text, ...]
    delimiter: str
    header_lines: tuple[str, ...]
    names: tuple[str, ...]
    preambles: dict[int, tuple[str, ...]]
    rows: tuple[Row, ...]


def text_of(source: Source, encoding: str = "") -> Text | None:
    """The text of a file; null if it is none. An encoding that a person names is believed."""
    data = source.data
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _plain(source, "utf-16", "utf-8", is_sure=True)
    if data.startswith(codecs.BOM_UTF8):
        return _plain(source, "utf-8-sig", "utf-8", is_sure=True)
    for sure in ("utf-8", encoding):
        if sure and (found := _plain(source, sure, sure, is_sure=True)):
            return found
    return _by_words(source)


def _plain(source: Source, codec: str, name: str, *, is_sure: bool) -> Text | None:
    try:
        text = source.data.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None
    if "\0" in text or not text.strip():
        return None
    return Text(source, name, text.replace("\r\n", "\n").replace("\r", "\n"), is_sure)


def _by_words(source: Source) -> Text | None:
    """The code page in which the file spells more words of banks than in any other."""
    found: dict[str, Text] = {}
    for codec in _CODE_PAGES:
        text = _plain(source, codec, codec, is_sure=False)
        if text and not re.search("[\x01-\x08\x0e-\x1f\x7f-\x9f]", text.text):
            found.setdefault(text.text, text)
    if not found:
        return None
    if len(found) == 1:
        return next(iter(found.values()))
    ranked = sorted(found.values(), key=lambda one: -known_accents(one.text[:_HEAD_BYTES]))
    best, rival = (known_accents(one.text[:_HEAD_BYTES]) for one in ranked[:2])
    return Text(source, ranked[0].encoding, ranked[0].text, is_sure=best > rival)


def tables_of(texts: Sequence[Text]) -> Iterator[Table]:
    """Every table that all of the files may hold, by delimiter and header."""
    for delimiter in DELIMITERS:
        heads = [_headers(text, delimiter) for text in texts]
        for names in list(heads[0])[:_MANY_HEADERS]:
            if all(names in head for head in heads):
                places = [head[names] for head in heads]
                if table := _table(texts, delimiter, names, places):
                    yield table


def _headers(text: Text, delimiter: str) -> dict[tuple[str, ...], int]:
    """Lines that may be a header, by their cells: names without values, above rows of as many.

    Where none is above lines of as many, quoted cells may hold line ends.
    """
    lines = text.text.split("\n", HEAD_LINES)[:HEAD_LINES]
    cut = [_cells(line, delimiter) for line in lines]
    found: dict[tuple[str, ...], int] = {}
    likely = list(_likely(cut[:HEADER_LINES]))
    for number, names in likely:
        if _is_above(cut[number + 1 :], len(names)):
            found.setdefault(names, number)
    for number, names in likely if not found else ():
        if _is_above(_records(lines[number + 1 :], delimiter), len(names)):
            found.setdefault(names, number)
    return found


def _likely(cut: Sequence[Sequence[str]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The lines whose cells may be names."""
    for number, cells in enumerate(cut):
        names = trimmed(tuple(cell.strip() for cell in cells))
        filled = [name for name in names if name]
        is_full = 3 <= len(filled) <= _MANY_COLUMNS and len(filled) * 2 >= len(names)
        if is_full and not any(map(_is_value, filled)):
            yield number, names


def _is_value(cell: str) -> bool:
    """A number or a day, perhaps with letters in it: nothing that a column is called."""
    return bool(_VALUE.fullmatch(cell)) or is_amount(cell) or is_day(cell)


def is_amount(cell: str) -> bool:
    """Is the cell wholly a number with decimals, perhaps with letters beside it?"""
    return _AMOUNT.fullmatch(cell) is not None


def _is_above(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Half of these rows at least have as many cells."""
    below = [one for one in rows if any(cell.strip() for cell in one)]
    fitting = sum(1 for one in below if _fitted(one, width))
    return fitting > 0 and fitting * 2 >= len(below)


def _records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Rows over several lines, where quoted cells hold line ends; none if a quote stays open."""
    text = io.StringIO("\n".join(lines), newline="")
    try:
        return list(csv.reader(text, delimiter=delimiter))[:-1]  # the last one may be cut
    except csv.Error:
        return []


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _fitted(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """The cells without empty ones beyond the header; none if their number is wrong."""
    fits = len(cells) >= width and not any(cell.strip() for cell in cells[width:])
    return tuple(cells[:width]) if fits else ()


def _table(
    texts: Sequence[Text], delimiter: str, names: tuple[str, ...], places: Sequence[int]
) -> Table | None:
    """The table below a header; null where a cell is too long to be one."""
    rows: list[Row] = []
    preambles, header_lines = {}, []
    for text, place in zip(texts, places, strict=True):
        head = text.text.split("\n", place + 1)
        body = head[place + 1] if len(head) > place + 1 else ""
        preambles[text.source.file_no] = tuple(head[:place])
        header_lines.append(head[place].rstrip(f" {delimiter}"))
        try:
            rows.extend(_rows(text.source.file_no, body, delimiter, names, place + 2))
        except csv.Error:
            return None
    return Table(
        tuple(texts),
        delimiter,
        tuple(dict.fromkeys(header_lines)),
        names,
        preambles,
        tuple(rows),
    )


def _rows(
    file_no: int, body: str, delimiter: str, names: tuple[str, ...], first_line: int
) -> Iterator[Row]:
    lines = body.split("\n")
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    start = 0
    for cells in reader:
        line_no, raw_text = first_line + start, "\n".join(lines[start : reader.line_num])
        start = reader.line_num
        plain = tuple(cell.strip() for cell in cells)
        if any(plain) and plain[: len(names)] != names:
            yield Row(file_no, line_no, raw_text, _fitted(cells, len(names)))
