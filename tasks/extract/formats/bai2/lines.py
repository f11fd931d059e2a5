"""BAI2 files as text, cut into records: one row a record with all its continuations."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from schemas.errors import MalformedFile
from tasks.extract.source import Source, decode

_CODES = ("01", "02", "03", "16", "49", "88", "98", "99")
_DETAIL = "16"
# Groups stand in a file, accounts in a group, details in an account; 88 has been joined before.
_FOLLOWS = {
    "01": ("02", "99"),
    "02": ("03", "98"),
    "03": ("16", "49"),
    "16": ("16", "49"),
    "49": ("03", "98"),
    "98": ("02", "99"),
    "99": ("01",),
}
_PAIRS = [first + second for first, follows in _FOLLOWS.items() for second in follows]

# What a record must look like to be taken for one in the middle of a line, where text may hold "/".
# A detail (16) is never taken for one there: the text of the detail before it may hold the same.
_DETAIL_INSIDE = re.compile(rb"/(?=[ \t1])[ \t]*16,[0-9]{3},[+-]?[0-9]*,[012SVDZsvdz]?,")
_INSIDE = (
    rb"03,[^,/\n]*,[A-Za-z]{0,3},|02,[^,/\n]*,[^,/\n]*,[1-4]?,[0-9]{6}"
    rb"|(?:49|98|99),[+-]?[0-9]*,[0-9]+|(?<=[ \t])88,"
)
_CUT = re.compile(rb"/(?=[ \t0-9])[ \t]*(?=" + _INSIDE + rb")")
_DETAIL_INDENTED = (re.compile(rb"\n[ \t]+16,"), re.compile(rb"\r[ \t]+16,"))
_LONE_RETURN = re.compile(rb"\r(?!\n)")
# NULs, which no file that is read has: one stands for the line break before a continuation, two
# begin a line that was cut off the line before.
_MORE_MARK, _CUT_MARK = "\0", "\0\0"
_CONTINUATION = _MORE_MARK + "88,"
_PHYSICAL_LENGTH = re.compile(rb"\s*01,(?:[^,\n]*,){5}\s*0*([1-9][0-9]{0,4}),")
_REMEDY = "ask the bank to send the file again"


@dataclass(frozen=True)
class Text:
    """One BAI2 file as text, a line a physical record.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        text: UTF-8, lines apart by line feeds. A continuation stands behind a NUL on the line that
            it goes on; a record that stood in the middle of a line, on one that begins with two.
        raw_count: detail records (16), counted in the bytes.
        width: how long a physical record is, as the file header names it; 0 where it does not.
    """

    source: Source
    encoding: str
    text: bytes
    raw_count: int
    width: int = 0

    @property
    def line_count(self) -> int:
        """How many lines the file has."""
        cut_count = self.text.count(b"\0\0")
        more_count = self.text.count(b"\0") - 2 * cut_count
        return 1 + self.text.count(b"\n") - cut_count + more_count


def open_text(source: Source) -> Text:
    """Read one file as text.

    Physical records end with a line, or are padded to the length that the file header names.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        MalformedFile: a NUL character, or a detail in the middle of a line.
    """
    decoded, encoding = decode(source)
    data = source.data if encoding.startswith("utf-8") else decoded.encode()
    del decoded
    data = data.removeprefix(codecs.BOM_UTF8)
    is_plain = _LONE_RETURN.search(data) is None
    text = data.replace(b"\r", b"") if is_plain else _with_line_feeds(data)
    text = text.rstrip(b"\x1a\n \t")
    nul = text.find(b"\0")
    if nul >= 0:
        raise MalformedFile(
            _where(source, text, nul),
            "there is a NUL character in the text",
            "the file was damaged; " + _REMEDY,
        )
    has_lines = b"\n" in text.strip()
    inside = _DETAIL_INSIDE.search(text)
    if inside is not None and has_lines:
        raise MalformedFile(
            _where(source, text, inside.start()),
            "a detail (16) stands in the middle of a line, where it cannot be told from text",
            "put each record on a line of its own; or " + _REMEDY,
        )
    length = _PHYSICAL_LENGTH.match(text)
    width = int(length[1]) if length else 0
    if width and not has_lines:
        chunks = _chunks(text, width)
        count = sum(one.startswith(b"16,") for one in chunks)
        return Text(source, encoding, _continued(b"\n".join(chunks)), count)
    count = _count(data if encoding == "utf-16" else source.data, is_plain=is_plain)
    if _CUT.search(text):
        text = _CUT.sub(b"/\n\0\0", text)
    return Text(source, encoding, _continued(text), count, width)


def _with_line_feeds(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _where(source: Source, text: bytes, offset: int) -> str:
    line = text.count(b"\n", 0, offset) + 1
    return f"{source.name}: line {line}"


def _chunks(text: bytes, size: int) -> list[bytes]:
    """Physical records of one and the same number of characters."""
    decoded = text.decode()
    return [decoded[start : start + size].encode() for start in range(0, len(decoded), size)]


def _continued(text: bytes) -> bytes:
    return text.replace(b"\n88,", b"\x0088,") if b"\n88," in text else text


def cut(texts: Sequence[Text]) -> pl.DataFrame:
    """Cut many files into records.

    Returns:
        one row a record: file_no, line, code, content (its fields without code and end mark, parts
        of continuations behind a line feed), raw_text, the number of its first and of its last
        physical record in the file, and statement_no, how many accounts began so far.
    """
    lines = _lines(texts)
    is_start = pl.col("code").is_not_null() & (pl.col("code") != "88").fill_null(value=False)
    if not lines.select(is_start.all()).item():
        before = pl.when(pl.col("code").is_null()).then(_gap(texts)).otherwise(pl.lit("\n"))
        lines = (
            lines.with_columns(
                record=is_start.cum_sum(),
                content=pl.when(is_start).then(pl.lit("")).otherwise(before) + pl.col("content"),
            )
            .group_by("record", maintain_order=True)
            .agg(
                pl.col("file_no", "line", "code", "first_no").first(),
                pl.col("content", "raw_text"),
                pl.col("last_no").last(),
            )
            .with_columns(pl.col("content").list.join(""), pl.col("raw_text").list.join("\n"))
            .drop("record")
        )
    is_account = (pl.col("code") == "03").fill_null(value=False)
    return lines.with_columns(running(is_account).alias("statement_no"))


def _gap(texts: Sequence[Text]) -> pl.Expr:
    """What stands between a line and one without a code that goes on: a blank, or nothing.

    Some banks wrap records at the length that the file header names, and write no 88: a line of
    that length without an end mark goes on as if there were no line end. Elsewhere it is a blank,
    for only text may go on so; an amount that is cut there is none.
    """
    widths = {one.source.file_no: one.width for one in texts}
    if not any(widths.values()):
        return pl.lit(" ")
    last = pl.col("raw_text").str.split("\n").list.last()
    width = pl.col("file_no").replace_strict(widths, return_dtype=pl.UInt32)
    is_full = (last.str.len_chars() == width) & ~last.str.ends_with("/")
    is_wrapped = is_full.shift(1).fill_null(value=False) & ~pl.col("is_apart")
    return pl.when(is_wrapped).then(pl.lit("")).otherwise(pl.lit(" "))


def running(step: pl.Expr) -> pl.Expr:
    """The sum of a number over the rows of each file, up to each row."""
    file_no, number = pl.col("file_no"), step.cast(pl.UInt32)
    total = number.cum_sum()
    is_first = file_no.ne_missing(file_no.shift(1))
    return total - pl.when(is_first).then(total - number).forward_fill()


def broken(records: pl.DataFrame, texts: Sequence[Text]) -> dict[int, MalformedFile]:
    """The files whose records do not nest as groups, accounts and details, or that were cut."""
    file_no, code, before = (pl.col(name) for name in ("file_no", "code", "before"))
    rows = records.select(
        "file_no",
        "line",
        "code",
        code.shift(1).alias("before"),
        is_first=file_no.ne_missing(file_no.shift(1)),
        is_last=file_no.ne_missing(file_no.shift(-1)),
    )
    last = dict(rows.filter("is_last").select("file_no", "code").iter_rows())
    is_usual = (code == _DETAIL) & (before == _DETAIL) & ~pl.col("is_first")
    is_wrong = (
        pl.when("is_first")
        .then(code != "01")
        .otherwise(~(before + code).is_in(_PAIRS))
        .fill_null(value=True)
    )
    wrong = (
        rows.filter(~is_usual.fill_null(value=False))
        .filter(is_wrong)
        .with_columns(pl.when(~pl.col("is_first")).then("before").alias("before"))
        .unique("file_no", keep="first", maintain_order=True)
        .rows_by_key("file_no", named=True, unique=True)
    )
    errors = {}
    for text in texts:
        number, name = text.source.file_no, text.source.name
        if number in wrong:
            line, problem = wrong[number]["line"], _problem(wrong[number])
        elif number not in last:
            line, problem = 1, "there is no record in the file"
        elif last[number] != "99":
            line, problem = text.line_count, "the file ends before its trailer (99)"
        else:
            continue
        errors[number] = MalformedFile(f"{name}: line {line}", problem, _REMEDY)
    return errors


def _count(data: bytes, *, is_plain: bool) -> int:
    """Detail records in the bytes: at the start of a line.

    In a plain file every line ends with a line feed.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    at_start = data.count(b"\n16,") + data.startswith(b"16,")
    if not is_plain:
        at_start += data.count(b"\r16,")
    patterns = _DETAIL_INDENTED[:1] if is_plain else _DETAIL_INDENTED
    return at_start + sum(len(pattern.findall(data)) for pattern in patterns)


def _lines(texts: Sequence[Text]) -> pl.DataFrame:
    """One row a physical record or a line that goes on the one before; blank lines fall away."""
    text = pl.col("text")
    lines = (
        pl.DataFrame(
            {
                "file_no": [one.source.file_no for one in texts],
                "text": [one.text for one in texts],
            },
            schema={"file_no": pl.UInt32, "text": pl.Binary},
        )
        .with_columns(text.cast(pl.String).str.split("\n"))
        .explode("text")
    )
    is_marked = any(_MORE_MARK.encode() in one.text for one in texts)
    if is_marked:
        is_cut = text.str.starts_with(_CUT_MARK)
        own = text.str.strip_prefix(_CUT_MARK)
        lines = lines.with_columns(
            own, is_new=~is_cut, held=own.str.count_matches(_MORE_MARK, literal=True)
        )
    else:
        lines = lines.with_columns(is_new=pl.lit(value=True), held=pl.lit(0, pl.UInt32))
    held, body = pl.col("held"), text.str.strip_suffix("/")
    lines = lines.with_columns(
        text.str.strip_chars(" \t"),
        is_apart=text.str.starts_with(" "),
        line=running(pl.col("is_new") + held) - held,
    ).filter(text != "")
    is_coded = text.str.head(3).is_in([code + "," for code in _CODES])
    if is_marked:
        body = body.str.replace_all(rf"/?[ \t]*{_CONTINUATION}", "\n")
    return lines.select(
        "file_no",
        "line",
        pl.when(is_coded).then(text.str.head(2)).alias("code"),
        pl.when(is_coded).then(body.str.slice(3)).otherwise(body).alias("content"),
        (text.str.replace_all(_MORE_MARK, "\n", literal=True) if is_marked else text).alias(
            "raw_text"
        ),
        running(is_coded + held).alias("last_no"),
        "held",
        "is_apart",
    ).select(pl.exclude("held"), first_no=pl.col("last_no") - held)


def _problem(row: dict[str, object]) -> str:
    if row["code"] is None:
        return "the file does not begin with a record"
    if row["before"] is None:
        return f"the file begins with a record {row['code']}, not with its header (01)"
    return f"a record {row['code']} cannot follow a record {row['before']}"
