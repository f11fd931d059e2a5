"""The XML parts of a workbook: rows and cells, shared texts, and the styles that make dates.

ECMA-376 part 1, section 18. Numbers are taken from the text of the XML, never through a float.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from tasks.extract.formats.workbook.markup import Handler
from tasks.extract.formats.workbook.pages import (
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Row,
    date_of,
    number_of,
    with_merged_days,
)
from tasks.extract.formats.workbook.signs import has_sign, with_sign

_FILLED = re.compile(rb"<(?:\w+:)?(?:[vt](?:\s[^<>]*)?>[^<]|f[\s>/])")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_ESCAPED = re.compile(r"_x(?!0000|[Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")  # no half of a character
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|[sS]\.0+')
_DIGITS = re.compile("[#0]")
_AREA = re.compile(r"([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})")
_YES = frozenset({"1", "true"})
_GENERAL_DATE = frozenset(
    # beside those of all countries, the numbers of East Asian dates (section 18.8.30)
    {number for number, code in BUILTIN_FORMATS.items() if is_date_format(code)}.union(
        range(27, 37), range(50, 59)
    )
)


@dataclass(frozen=True)
class Meanings:
    """What the cells of a workbook refer to.

    Attributes:
        texts: shared texts by number.
        date_styles: numbers of the cell styles that show a number as a date.
        is_1904: days are counted from 1904, as early Macintosh programs did.
        is_uncalculated: the program that wrote the workbook left its formulas to the one that
            opens it; a zero beside a formula is a placeholder then.
        codes: the format codes of the cell styles that write a sign beside a number.
    """

    texts: Sequence[str] = ()
    date_styles: frozenset[int] = frozenset()
    is_1904: bool = False
    is_uncalculated: bool = False
    codes: Mapping[int, str] = field(default_factory=dict)


class _Texts(Handler):
    """Shared texts; a text may come in runs, and Japanese ones with a reading aid to leave out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.runs: list[str] = []
        self.is_aid = False

    def start(self, tag: str, given: dict[str, str]) -> None:  # noqa: ARG002 - as the parser calls
        if tag == "si":
            self.runs = []
        elif tag == "rPh":
            self.is_aid = True
        elif tag == "t":
            self.text.clear()

    def end(self, tag: str) -> None:
        if tag == "t" and not self.is_aid:
            self.runs.append("".join(self.text))
        elif tag == "rPh":
            self.is_aid = False
        elif tag == "si":
            self.texts.append(_unescaped("".join(self.runs)))
            self.text.clear()


class _Styles(Handler):
    """The numbers of the cell styles that show a date."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[int, str] = {}
        self.formats: list[int] = []
        self.is_cell_style = False

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "numFmt":
            self.codes[int(given["numFmtId"])] = given["formatCode"]
        elif tag == "cellXfs":
            self.is_cell_style = True
        elif tag == "xf" and self.is_cell_style:
            self.formats.append(int(given.get("numFmtId", "0")))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self.is_cell_style = False
        self.text.clear()

    def dates(self) -> frozenset[int]:
        return frozenset(
            number
            for number, form in enumerate(self.formats)
            if (_is_date(self.codes[form]) if form in self.codes else form in _GENERAL_DATE)
        )

    def signs(self) -> dict[int, str]:
        codes = {number: self.codes.get(form, "") for number, form in enumerate(self.formats)}
        return {number: code for number, code in codes.items() if has_sign(code)}


class _Rows(Handler):
    """The rows of a sheet that hold anything."""

    def __init__(self, meanings: Meanings, most_rows: int) -> None:
        super().__init__()
        self.meanings = meanings
        self.most_rows = most_rows
        self.rows: list[Row] = []
        self.number = 0
        self.is_hidden = False
        self.cells: dict[int, Cell] = {}
        self.column = -1
        self.kind = ""
        self.style = 0
        self.value: str | None = None
        self.formula: str | None = None
        self.is_aid = False
        self.merged: list[tuple[int, int, int]] = []

    @property
    def is_done(self) -> bool:
        return len(self.rows) >= self.most_rows

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "c":
            self.column = (
                _column(given["r"].rstrip("0123456789")) if "r" in given else self.column + 1
            )
            self.kind = given.get("t", "n")
            self.style = int(given.get("s", "0"))
            self.value = self.formula = None
        elif tag in {"v", "t", "f"}:
            self.text.clear()
        elif tag == "row":
            number = int(given.get("r", self.number + 1))
            if not self.number < number <= MOST_ROWS:
                raise ValueError(f"row {self.number} is followed by row {min(number, 10**9)}")
            self.number, self.column, self.cells = number, -1, {}
            self.is_hidden = given.get("hidden") in _YES
        elif tag == "rPh":
            self.is_aid = True
        elif tag == "mergeCell" and (area := _AREA.fullmatch(given.get("ref", ""))):
            self.merged.append((int(area[2]), int(area[3]), _column(area[1])))

    def end(self, tag: str) -> None:
        if tag == "v" or (tag == "t" and not self.is_aid):
            self.value = (self.value or "") + "".join(self.text)
        elif tag == "c":
            self._cell()
        elif tag == "row":
            if self.cells:
                self.rows.append(Row(self.number, self.cells, self.is_hidden))
            self.text.clear()
        elif tag == "f":
            self.formula = "".join(self.text)
        elif tag == "rPh":
            self.is_aid = False

    def _cell(self) -> None:
        """A formula without the value that it had when the workbook was saved stays as text."""
        is_placeholder = self.value == "0" and self.formula is not None
        if self.value and not (is_placeholder and self.meanings.is_uncalculated):
            self.cells[self.column] = self._meaning(self.value)
        elif self.formula is not None:
            self.cells[self.column] = f"={self.formula}" if self.kind != "str" else ""

    def _meaning(self, value: str) -> Cell:
        match self.kind:
            case "s":
                return self.meanings.texts[int(value)]
            case "n":
                return self._number(value.strip())
            case "d":
                return datetime.fromisoformat(value)
            case "b":
                return "TRUE" if value in _YES else "FALSE"
            case _:
                return _unescaped(value)

    def _number(self, value: str) -> Cell:
        if not _NUMBER.fullmatch(value):
            return value
        number: Decimal = number_of(value)
        if self.style in self.meanings.date_styles:
            return date_of(number, is_1904=self.meanings.is_1904) or number
        code = self.meanings.codes.get(self.style)
        return with_sign(number, code) if code else number


def texts_of(data: bytes) -> Sequence[str]:
    """The shared texts of a workbook."""
    handler = _Texts()
    handler.feed(data)
    return handler.texts


def styles_of(data: bytes) -> tuple[frozenset[int], Mapping[int, str]]:
    """The cell styles that show a date, and the codes of those that write a sign of their own."""
    handler = _Styles()
    handler.feed(data)
    return handler.dates(), handler.signs()


def rows_of(data: bytes, meanings: Meanings, most_rows: int = MOST_ROWS) -> tuple[Row, ...]:
    """The rows of a sheet that hold anything, the first of them if not all are wanted."""
    handler = _Rows(meanings, most_rows)
    handler.feed(data)
    return with_merged_days(handler.rows[:most_rows], handler.merged)


def row_count_of(data: bytes) -> int:
    """How many rows of a sheet hold anything, by a search of its bytes for tags."""
    start, end = data.find(b"sheetData"), data.rfind(b"sheetData")
    return sum(bool(_FILLED.search(piece)) for piece in _ROW.split(data[start:end])[1:])


def _is_date(code: str) -> bool:
    """Whether a format code shows a date; digits belong to numbers, but for parts of a second."""
    return is_date_format(code) and not _DIGITS.search(_QUOTED.sub("", code))


def _unescaped(text: str) -> str:
    """Characters that XML does not hold as such, written by number (section 22.9.2.19)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


@cache
def _column(letters: str) -> int:
    """The column of the letters in a reference such as AB12, from 0."""
    number = 0
    for letter in letters[:4]:
        number = number * 26 + ord(letter) - 64
    if not (letters.isascii() and letters.isupper() and number <= MOST_COLUMNS):
        raise ValueError("a cell lies outside the sheet")
    return number - 1
