"""MT940 and MT942 files as text, cut at their tags: a row a field, for many files at once."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from schemas.errors import MalformedFile
from tasks.extract.source import Source, decode

HEADING = frozenset(["13D", "20", "21", "25", "25P", "28", "28C", "34F", "60F", "60M", "NS"])
_TAGS = (*sorted(HEADING), "61", "62F", "62M", "64", "65", "86", "90C", "90D")
_SHORT = [f"{tag}:" for tag in _TAGS if len(tag) == len("61")]
_LONG = [f"{tag}:" for tag in _TAGS if len(tag) > len("61")]
_ODD_MARK = re.compile(rf"\n([ \t\x1a]+:\n?|:\n)(?=(?:{'|'.join(_TAGS)}):)".encode())
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_RAW = re.compile(rb"[\r\n][ \t\x1a]*:(?:\r\n|\r|\n)?61:")
_BOM = codecs.BOM_UTF8


@dataclass(frozen=True)
class Text:
    """One file as text.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        raw_count: entries by a count of the bytes that is independent of the cut below.
        text: UTF-8, line feeds only, one before the first line. A field begins with a line feed and
            a colon; where a bank writes blanks or a line feed about the colon, these stand with it
            behind that colon, between two NULs.
    """

    source: Source
    encoding: str
    raw_count: int
    text: bytes


@dataclass(frozen=True)
class Fields:
    """The fields of many files.

    Attributes:
        entries: a row an entry: `file`, the position of the file; `line`, 1-based; `head`, the
            field :61: with its tag and its further lines, as in "61:2601310131D1,00NTRF"; `text`,
            the field :86: behind it, in the same way, or null; `printed`, both as the bank wrote.
        others: a row a field that is neither, with the fields around it that may belong to it:
            `file`; `at`, its position among all fields; `entry`, the last entry up to it, -1
            without one; `line`; `mark`, what stands before the tag; `part`; `role`, see below.
    """

    entries: pl.DataFrame
    others: pl.DataFrame


START, ENTRY, TEXT, OTHER = range(4)
"""What a field is: what stands before all tags, :61:, the first :86: behind it, any other."""

_START, _ENTRY, _TEXT, _OTHER = (pl.lit(n, pl.UInt8) for n in (START, ENTRY, TEXT, OTHER))


def open_text(source: Source) -> Text:
    """Decode a file.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        MalformedFile: a NUL byte.
    """
    text, encoding = decode(source)
    if "\ufeff" in text or (encoding in ("cp1252", "latin-1") and _BOM in source.data):
        source = _unmarked(source)
        text, encoding = decode(source)
    data = source.data if encoding.startswith("utf-8") else text.encode()
    if (offset := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, offset) + 1
        raise MalformedFile(
            f"{source.name}: line {line}",
            "a NUL byte, which no text has",
            "export the statement again; the file was damaged or is not text",
        )
    is_plain = _LONE_RETURN.search(data) is None
    if is_plain:
        lines = data.replace(b"\r", b"")
    else:
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = b"\n" + lines.removeprefix(_BOM)
    if _ODD_MARK.search(lines):
        is_plain = False
        lines = _ODD_MARK.sub(b"\n:\0\\1\0", lines)
    printed = data if encoding == "utf-16" else source.data
    return Text(source, encoding, _count_entries(printed, is_plain=is_plain), lines)


def cut(texts: Sequence[bytes]) -> Fields:
    """Cut files at the tags that we know; what follows any other belongs to the field before it."""
    parts = _parts(texts)
    role, part = pl.col("role"), pl.col("part")
    is_other = role == OTHER
    is_near = (
        is_other
        | is_other.shift(-1, fill_value=False)  # its entry, or the text of that
        | is_other.shift(-2, fill_value=False)
        | (role == START)
        | (role == START).shift(-1, fill_value=True)  # the last of a file
        | (role == START).shift(-2, fill_value=True)
    )
    others = parts.select(
        "file", pl.int_range(pl.len()).alias("at"), "entry", "line", "role", "mark", "part"
    ).filter(is_near)
    entries = parts.select(
        "file",
        "line",
        "role",
        pl.col("mark"),
        part.alias("head"),
        pl.when(role.shift(-1) == TEXT).then(part.shift(-1)).alias("text"),
        pl.col("mark").shift(-1).alias("text_mark"),
    ).filter(role == ENTRY)
    behind = pl.concat_str(pl.lit("\n"), "text_mark", "text")
    entries = entries.with_columns(
        printed=pl.concat_str("mark", "head", behind, ignore_nulls=True).str.strip_chars()
    )
    return Fields(entries.drop("role", "mark", "text_mark"), others)


def _unmarked(source: Source) -> Source:
    """Without the byte order marks that stand within files put together from others."""
    start = len(_BOM)
    within = source.data[start:].replace(_BOM, b"")
    return replace(source, data=source.data[:start] + within)


def _count_entries(data: bytes, *, is_plain: bool) -> int:
    """The tags :61: at the beginning of a line, also where the line breaks after the colon.

    In a plain file every line ends with a line feed and every field begins with its colon.
    """
    data = data.removeprefix(_BOM)
    usual = data.count(b"\n:61:")
    if is_plain:
        return usual + data.startswith(b":61:")
    return usual if usual == data.count(b"61:") else len(_RAW.findall(b"\n" + data))


def _parts(texts: Sequence[bytes]) -> pl.DataFrame:
    """One row a field: file, line, role, entry, mark and part."""
    part, file = pl.col("part"), pl.col("file")
    parts = (
        pl.DataFrame(
            {"file": range(len(texts)), "part": texts},
            schema={"file": pl.UInt32, "part": pl.Binary},
        )
        .with_columns(part.cast(pl.String).str.split("\n:"))
        .explode("part")
        .with_columns(
            part.str.count_matches("\n", literal=True).alias("breaks") + 1, mark=pl.lit(":")
        )
    )
    if any(b"\0" in text for text in texts):
        cells = part.str.splitn("\0", 3).struct
        parts = parts.with_columns(
            mark=pl.coalesce(cells.field("field_1"), "mark"),
            part=pl.coalesce(cells.field("field_2"), "part"),
        )
    parts = _joined(
        parts.with_columns(
            pl.when(file != file.shift(1, fill_value=len(texts)))
            .then(_START)
            .when(part.str.starts_with("61:"))
            .then(_ENTRY)
            .when(part.str.starts_with("86:"))
            .then(_TEXT)
            .otherwise(_OTHER)
            .alias("role")
        )
    )
    role, above = pl.col("role"), pl.col("breaks").cum_sum() - pl.col("breaks")
    return parts.select(
        "file",
        "part",
        "mark",
        (above - above.filter(role == START).gather(file)).alias("line"),
        pl.when((role == TEXT) & (role.shift(1) != ENTRY))
        .then(_OTHER)
        .otherwise(role)
        .alias("role"),
        ((role == ENTRY).cum_sum().cast(pl.Int64) - 1).alias("entry"),
    )


def _joined(parts: pl.DataFrame) -> pl.DataFrame:
    """Join what begins with a tag that we do not know, a line of text, to the field before it."""
    part = pl.col("part")
    others = parts.select("role", "part", at=pl.int_range(pl.len())).filter(role=OTHER)
    is_known = part.str.head(3).is_in(_SHORT) | part.str.head(4).is_in(_LONG)
    unknown = others.filter(~is_known)["at"]
    if unknown.is_empty():
        return parts
    begins = pl.repeat(1, parts.height, dtype=pl.UInt32, eager=True).scatter(unknown, 0)
    return (
        parts.with_columns(begins.cum_sum().alias("field"))
        .group_by("field", maintain_order=True)
        .agg(pl.col("file", "role", "mark").first(), pl.col("breaks").sum(), "part")
        .with_columns(part.list.join("\n:"))
    )
