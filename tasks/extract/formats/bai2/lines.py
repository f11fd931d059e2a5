"""BAI2 files as text, cut into records: one row a record with all its continuations."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from schemas.errors import MalformedFile
from tasks.extract.source import Source, decode

_CODES = ("01", "02", "03", "16", "49", "88", "98", "99")
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
_DETAIL_INSIDE = re.compile(r"/(?=[ \t1])[ \t]*16,\d{3},[+-]?\d*,[012SVDZsvdz]?,")
_INSIDE = (
    r"03,[^,/\n]*,[A-Za-z]{0,3},|02,[^,/\n]*,[^,/\n]*,[1-4]?,\d{6}"
    r"|(?:49|98|99),[+-]?\d*,\d+|(?<=[ \t])88,"
)
_CUT = re.compile(rf"/(?=[ \t0-9])[ \t]*(?={_INSIDE})")
_DETAIL_INDENTED = (re.compile(rb"\n[ \t]+16,"), re.compile(rb"\r[ \t]+16,"))
# Control characters stand for the place of a cut, and for the line break before a continuation.
_CUT_MARK, _MORE_MARK = "\x1e", "\x1f"
_CONTINUATION = _MORE_MARK + "88,"
_PHYSICAL_LENGTH = re.compile(r"\s*01,(?:[^,\n]*,){5}\s*0*([1-9]\d{0,4}),")
_REMEDY = "ask the bank to send the file again"


@dataclass(frozen=True)
class Text:
    """One BAI2 file as text, a line a physical record.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        text: lines that end with a line feed. Where a record stands in the middle of a line, and
            before continuations, a control character stands instead.
        raw_count: detail records (16), counted in the bytes.
    """

    source: Source
    encoding: str
    text: str
    raw_count: int


def open_text(source: Source) -> Text:
    """Read one file as text.

    Physical records end with a line, or are padded to the length that the file header names.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        MalformedFile: a NUL character, or a detail in the middle of a line.
    """
    text, encoding = decode(source)
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a\n \t")
    nul = text.find("\0")
    if nul >= 0:
        raise MalformedFile(
            f"{source.name}: line {text.count(chr(10), 0, nul) + 1}",
            "there is a NUL character in the text",
            "the file was damaged; " + _REMEDY,
        )
    inside = _DETAIL_INSIDE.search(text)
    if inside is not None and "\n" in text.strip():
        raise MalformedFile(
            f"{source.name}: line {text.count(chr(10), 0, inside.start()) + 1}",
            "a detail (16) stands in the middle of a line, where it cannot be told from text",
            "put each record on a line of its own; or " + _REMEDY,
        )
    length = _PHYSICAL_LENGTH.match(text) if "\n" not in text.strip() else None
    if length is not None:
        size = int(length[1])
        chunks = [text[start : start + size] for start in range(0, len(text), size)]
        joined = "\n".join(chunks).replace("\n88,", _CONTINUATION)
        return Text(source, encoding, joined, sum(one.startswith("16,") for one in chunks))
    text = _CUT.sub("/" + _CUT_MARK, text).replace("\n88,", _CONTINUATION)
    return Text(source, encoding, text, _count(source.data, encoding))


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
        lines = (
            lines.with_columns(is_start.cum_sum().alias("record"))
            .group_by("record", maintain_order=True)
            .agg(
                pl.col("file_no", "line", "code", "first_no").first(),
                pl.col("content", "raw_text").str.join("\n"),
                pl.col("last_no").last(),
            )
        )
    is_account = (pl.col("code") == "03").fill_null(value=False)
    return lines.with_columns(
        is_account.cum_sum().over("file_no").cast(pl.UInt32).alias("statement_no")
    )


def broken(records: pl.DataFrame, texts: Sequence[Text]) -> dict[int, MalformedFile]:
    """The files whose records do not nest as groups, accounts and details, or that were cut."""
    before = pl.col("code").shift(1).over("file_no")
    is_first = before.is_null() & (pl.int_range(pl.len()).over("file_no") == 0)
    is_wrong = (
        pl.when(is_first)
        .then(pl.col("code") != "01")
        .otherwise(~(before + pl.col("code")).is_in(_PAIRS))
        .fill_null(value=True)
    )
    wrong = (
        records.with_columns(before=before)
        .filter(is_wrong)
        .group_by("file_no", maintain_order=True)
        .first()
        .rows_by_key("file_no", named=True, unique=True)
    )
    last = (
        records.group_by("file_no", maintain_order=True)
        .last()
        .rows_by_key("file_no", named=True, unique=True)
    )
    errors = {}
    for text in texts:
        number, name = text.source.file_no, text.source.name
        if number in wrong:
            line, problem = wrong[number]["line"], _problem(wrong[number])
        elif number not in last:
            line, problem = 1, "there is no record in the file"
        elif last[number]["code"] != "99":
            line, problem = text.text.count("\n") + 1, "the file ends before its trailer (99)"
        else:
            continue
        errors[number] = MalformedFile(f"{name}: line {line}", problem, _REMEDY)
    return errors


def _count(data: bytes, encoding: str) -> int:
    """Detail records in the bytes: at the start of a line."""
    if encoding == "utf-16":
        data = data.replace(b"\0", b"")
    data = data.removeprefix(codecs.BOM_UTF8)
    at_start = data.count(b"\n16,") + data.count(b"\r16,") + data.startswith(b"16,")
    return at_start + sum(1 for pattern in _DETAIL_INDENTED for _ in pattern.finditer(data))


def _lines(texts: Sequence[Text]) -> pl.DataFrame:
    """One row a physical record or a line that goes on the one before; blank lines fall away."""
    lines = (
        pl.DataFrame(
            {
                "file_no": [one.source.file_no for one in texts],
                "text": [one.text for one in texts],
            },
            schema={"file_no": pl.UInt32, "text": pl.String},
        )
        .with_columns(pl.col("text").str.split("\n"))
        .explode("text")
    )
    held = pl.col("text").str.count_matches(_MORE_MARK, literal=True)
    lines = lines.with_columns(((held + 1).cum_sum().over("file_no") - held).alias("line"))
    if any(_CUT_MARK in one.text for one in texts):
        lines = lines.with_columns(pl.col("text").str.split(_CUT_MARK)).explode("text")
    lines = lines.with_columns(pl.col("text").str.strip_chars(" \t")).filter(pl.col("text") != "")
    is_coded = pl.col("text").str.slice(0, 3).is_in([code + "," for code in _CODES])
    body = pl.col("text").str.strip_suffix("/").str.replace_all(rf"/?[ \t]*{_CONTINUATION}", "\n")
    return lines.with_columns(
        code=pl.when(is_coded).then(pl.col("text").str.slice(0, 2)),
        content=pl.when(is_coded).then(body.str.slice(3)).otherwise(body),
        raw_text=pl.col("text").str.replace_all(_MORE_MARK, "\n", literal=True),
        last_no=(is_coded + held).cum_sum().over("file_no"),
    ).select(pl.exclude("text"), first_no=pl.col("last_no") - held)


def _problem(row: dict[str, object]) -> str:
    if row["code"] is None:
        return "the file does not begin with a record"
    if row["before"] is None:
        return f"the file begins with a record {row['code']}, not with its header (01)"
    return f"a record {row['code']} cannot follow a record {row['before']}"
