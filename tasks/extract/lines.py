"""Files of lines with fixed columns, cut by position; for the national formats of banks."""

import codecs
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.errors import EmptyFile, FileError, MalformedFile
from schemas.findings import FINDING, Code
from schemas.phrase import phrase
from schemas.statement import STATEMENT_TEXT
from schemas.transactions import RECORD
from tasks.extract.source import FileRead, Source, decode

LINE = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "line_no": pl.UInt32(),  # 1-based; in a file without line breaks the byte, from 0
        "is_unbroken": pl.Boolean(),
        "text": pl.String(),  # the line as printed
    }
)
_CENTURY_TURN = 80
_CODE_WIDTH = 3  # no format has longer ones; the tab behind some is not shown


@dataclass(frozen=True)
class Lined:
    """One file, cut into its lines; blank ones are left out.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        text: the whole text.
        lines: the lines as printed.
        numbers: the line of the file on which each stands, or its byte.
        width: how many characters a line has; banks and editors trim blanks at its end. Null if
            lines are as long as their cells.
        is_unbroken: the file has no line breaks; it was cut at the width.
    """

    source: Source
    encoding: str
    text: str
    lines: list[str]
    numbers: list[int]
    width: int | None
    is_unbroken: bool

    def where(self, index: int) -> str:
        """The file and the place of a line, for a message."""
        word = "byte" if self.is_unbroken else "line"
        return f"{self.source.name}: {word} {self.numbers[index]}"

    def count(self, pattern: re.Pattern[bytes]) -> int:
        """How many lines of the bytes begin like the pattern; the lines cut above are not used."""
        if self.is_unbroken and self.width is not None:
            data = self.text.strip("\n").encode("latin-1", errors="replace")
            starts = range(0, len(data), self.width)
            return sum(pattern.match(data, start) is not None for start in starts)
        data = self.source.data
        if self.encoding == "utf-16":
            data = self.text.encode()
        data = b"\n" + data.removeprefix(codecs.BOM_UTF8)
        if b"\r" in data:
            data = data.replace(b"\r", b"\n")
        return len(re.findall(b"\n" + pattern.pattern, data))


def open_lined(
    sources: Sequence[Source],
    check: Callable[[Lined], None],
    *,
    width: int | None = None,
    declared: Callable[[Source], str] = lambda _: "",
) -> tuple[list[Lined], dict[int, FileError]]:
    """Cut files into lines.

    Args:
        sources: the files.
        check: looks at one file and raises a FileError if it has not the shape of its format.
        width: characters a line, for formats of fixed columns; a file without line breaks is cut at
            it, and a longer line refused. Null leaves lines as they are.
        declared: the encoding that the format prescribes for a file that is not UTF-8, or "".

    Returns:
        the good files, and by file number why the others are refused.
    """
    good, errors = [], {}
    for source in sources:
        try:
            lined = _cut(source, width, declared(source))
            check(lined)
        except FileError as error:
            errors[source.file_no] = error
        else:
            good.append(lined)
    return good, errors


def insist_on_codes(lined: Lined, codes: Sequence[str], known: Collection[str], title: str) -> None:
    """Refuse a file with a line that begins like no record of its format.

    Args:
        lined: the file.
        codes: how each line begins.
        known: how records begin.
        title: the format, as a person calls it.
    """
    if strange := set(codes).difference(known):
        index = next(no for no, code in enumerate(codes) if code in strange)
        raise MalformedFile(
            lined.where(index),
            f'"{codes[index][:_CODE_WIDTH]}" is not the beginning of a {title} record',
            "export the statement again; the file is damaged or holds something else",
        )


def insist_on_order(
    lined: Lined,
    codes: Sequence[str],
    turn: re.Pattern[str],
    letters: Mapping[str, str] | None = None,
) -> None:
    """Refuse a file in which a record follows one that it cannot follow.

    Args:
        lined: the file.
        codes: the code of each line.
        turn: two letters that cannot follow each other.
        letters: the letter of each code, where codes are longer.
    """
    shape = "".join(letters[code] for code in codes) if letters else "".join(codes)
    if found := turn.search(shape):
        before, after = (codes[found.start() + step][:_CODE_WIDTH] for step in (0, 1))
        raise MalformedFile(
            lined.where(found.start() + 1),
            f"a record {after} cannot follow a record {before}",
            "export the statement again; lines of it are missing or out of order",
        )


def insist_on_ends(lined: Lined, first: str, last: str, *, is_whole: bool) -> None:
    """Refuse a file that does not run from its first record to its last, whole one."""
    if not is_whole:
        raise MalformedFile(
            lined.where(len(lined.lines) - 1),
            f"the file does not run from a record {first} to a whole record {last}",
            "download the statement again; the file was cut short",
        )


def stacked(files: Sequence[Lined]) -> pl.DataFrame:
    """The lines of many files as one frame, see LINE."""
    frames = [
        pl.DataFrame(
            {
                "file_no": pl.repeat(
                    one.source.file_no, len(one.lines), dtype=pl.UInt32, eager=True
                ),
                "line_no": pl.Series(one.numbers, dtype=pl.UInt32),
                "is_unbroken": pl.repeat(one.is_unbroken, len(one.lines), eager=True),
                "text": pl.Series(one.lines, dtype=pl.String),
            }
        )
        for one in files
    ]
    return pl.concat([LINE.to_frame(), *frames])


def file_reads(
    sources: Sequence[Source],
    files: Sequence[Lined],
    errors: Mapping[int, FileError],
    pattern: re.Pattern[bytes],
) -> tuple[FileRead, ...]:
    """One FileRead a source; the pattern is the beginning of a record's first line."""
    good = {
        one.source.file_no: FileRead(one.source.file_no, one.encoding, one.count(pattern))
        for one in files
    }
    return tuple(
        good.get(source.file_no) or FileRead(source.file_no, error=errors[source.file_no])
        for source in sources
    )


def cell(first: int, last: int, column: str = "text") -> pl.Expr:
    """The characters of a line from one position to another, as specifications count: from 1."""
    return pl.col(column).str.slice(first - 1, last - first + 1)


def cut(lines: pl.DataFrame, cells: Mapping[str, tuple[int, int]]) -> pl.DataFrame:
    """Add named cells to lines, each given by its first and last position."""
    return lines.with_columns(cell(*span).alias(name) for name, span in cells.items())


def words(text: pl.Expr) -> pl.Expr:
    """Text with its blanks drawn together; null if there is none."""
    return text.map_batches(_drawn, return_dtype=pl.String, is_elementwise=True)


def decimal_text(
    digits: pl.Expr, width: int, decimals: int | pl.Expr, is_debit: pl.Expr | None = None
) -> pl.Expr:
    """Digits without a mark as a number with a point, signed; null if they are not all digits.

    Args:
        digits: the cell.
        width: how many digits it must have.
        decimals: how many of them stand behind the point.
        is_debit: the number is below zero.
    """
    whole = digits.str.head(width - decimals)
    cents = digits.str.tail(decimals)
    whole, sign = whole.str.strip_chars_start("0"), pl.lit("")
    number = pl.concat_str(
        sign if is_debit is None else pl.when(is_debit).then(pl.lit("-")).otherwise(sign),
        pl.when(whole == "").then(pl.lit("0")).otherwise(whole),
        pl.when(cents != "").then("." + cents).otherwise(pl.lit("")),
    )
    return pl.when(digits.str.contains(f"^[0-9]{{{width}}}$")).then(number)


def or_printed(number: pl.Expr, printed: pl.Expr) -> pl.Expr:
    """The number, or the cell behind a "?", so that what is no number is never read as one."""
    return pl.coalesce(number, pl.when(printed.str.contains(r"\S")).then("?" + printed))


def joined(rows: pl.DataFrame, by: str, column: str, mark: str) -> pl.DataFrame:
    """The texts of a column put together, one row a value of another; blanks at an end fall."""
    grouped = rows.select(by, column).group_by(by).agg(column)
    return grouped.with_columns(pl.col(column).list.join(mark).str.strip_chars_end())


def near_year(two_digits: pl.Expr, year: pl.Expr) -> pl.Expr:
    """The year with these last two digits that is nearest to another; null if not two digits."""
    short = two_digits.cast(pl.Int32, strict=False)
    return short + ((year - short + 50) // 100) * 100


def first_year(two_digits: pl.Expr) -> pl.Expr:
    """The year of a file that dates itself with two digits: 80 to 99 are of the last century."""
    short = two_digits.cast(pl.Int32, strict=False)
    return pl.when(short >= _CENTURY_TURN).then(1900 + short).otherwise(2000 + short)


def day_text(day: pl.Expr, order: str, year: pl.Expr) -> pl.Expr:
    """Six digits as eight, year first; what is not six digits, or is zeros only, stays as printed.

    Args:
        day: the cell.
        order: "dmy" or "ymd".
        year: a year near which the day must be.
    """
    at = {letter: 2 * place for place, letter in enumerate(order)}
    whole = near_year(day.str.slice(at["y"], 2), year)
    eight = pl.concat_str(
        whole.cast(pl.String), day.str.slice(at["m"], 2), day.str.slice(at["d"], 2)
    )
    return (
        pl.when(day.str.contains(r"^[0-9]{6}$") & (day != "000000"))
        .then(pl.coalesce(eight, day))
        .otherwise(day)
    )


def place() -> pl.Expr:
    """Where a line stands: "line 14", or "byte 240" in a file without line breaks."""
    return (
        pl.when("is_unbroken")
        .then(phrase("byte {}", "line_no"))
        .otherwise(phrase("line {}", "line_no"))
        .alias("place")
    )


def settled(rows: pl.DataFrame, remedy: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tell records from those that are set aside.

    Args:
        rows: columns of RECORD, and `message`, which is null for a good record; `fault` is the
            code of the finding, if it is another than an unreadable amount.
        remedy: what to do about the others.

    Returns:
        RECORD, and FINDING.
    """
    is_good = pl.col("message").is_null()
    bad = rows.filter(~is_good)
    fault = pl.col("fault") if "fault" in bad.columns else pl.lit(Code.AMOUNT_UNREADABLE.value)
    bad = bad.with_columns(fault.alias("code"))
    return shaped(rows.filter(is_good), RECORD), findings(bad, remedy, is_set_aside=True)


def remarks(rows: pl.DataFrame, code: Code, remedy: str) -> pl.DataFrame:
    """FINDING rows that set nothing aside; the rows have at least file_no, place and message."""
    return findings(rows.with_columns(pl.lit(code.value).alias("code")), remedy, is_set_aside=False)


def findings(rows: pl.DataFrame, remedy: str, *, is_set_aside: bool) -> pl.DataFrame:
    """FINDING rows out of rows with code and message."""
    said = rows.with_columns(
        pl.lit(remedy).alias("remedy"), pl.lit(is_set_aside).alias("is_set_aside")
    )
    return shaped(said, FINDING).with_columns(pl.col("raw_text").fill_null(""))


def shaped(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """The columns of a schema; those that are missing are null."""
    return rows.select(
        pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    )


def statement_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """STATEMENT_TEXT, one row a statement, in the order of files."""
    return shaped(rows.sort("file_no", "statement_no"), STATEMENT_TEXT)


def _drawn(column: pl.Series) -> pl.Series:
    drawn = column.str.strip_chars()
    if (rows := drawn.str.contains("  ", literal=True).arg_true()).len():
        drawn = drawn.scatter(rows, drawn.gather(rows).str.replace_all(r"\s\s+", " "))
    if (rows := (drawn == "").arg_true()).len():
        drawn = drawn.scatter(rows, None)
    return drawn


def _cut(source: Source, width: int | None, declared: str) -> Lined:
    text, encoding = decode(source, declared=declared)
    text = text.rstrip("\x1a").replace("\r\n", "\n").replace("\r", "\n")
    if (nul := text.find("\0")) >= 0:
        raise MalformedFile(
            f"{source.name}: line {text.count(chr(10), 0, nul) + 1}",
            "there is a NUL byte in the text",
            "export the statement again; the file was damaged or is not text",
        )
    if not text.strip():
        raise EmptyFile(source.name, "the file holds nothing but blanks", "export it again")
    body = text.strip("\n")
    if width is not None and "\n" not in body and len(body.rstrip()) > width:
        pieces = [body[start : start + width] for start in range(0, len(body), width)]
        numbers, done = [], 0
        for piece in pieces:
            numbers.append(done)
            done += len(piece.encode("utf-8" if encoding.startswith("utf") else encoding))
        kept = [number for number, piece in enumerate(pieces) if piece.strip()]
        lines, numbers = [pieces[no] for no in kept], [numbers[no] for no in kept]
        return Lined(source, encoding, text, lines, numbers, width, is_unbroken=True)
    lines = text.rstrip("\n").split("\n")
    numbers = list(range(1, len(lines) + 1))
    if not all(map(str.strip, lines)):
        numbers = [no for no, line in enumerate(lines, start=1) if line.strip()]
        lines = [lines[no - 1] for no in numbers]
    lined = Lined(source, encoding, text, lines, numbers, width, is_unbroken=False)
    if width is not None:
        _refuse_long_lines(lined, width)
    return lined


def _refuse_long_lines(lined: Lined, width: int) -> None:
    """A line that is too long has its cells elsewhere."""
    if max(map(len, lined.lines), default=0) <= width:
        return
    for index, line in enumerate(lined.lines):
        if len(line) > width and line[width:].strip():
            raise MalformedFile(
                lined.where(index),
                f"the line has {len(line.rstrip())} characters, at most {width} are allowed",
                "export the statement again; something put characters into the line",
            )
