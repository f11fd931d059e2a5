"""MT940 and MT942 files as text, cut at their tags: a row a field, for many files at once."""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from schemas.errors import MalformedFile
from tasks.extract.formats.mt94x.pages import code_page
from tasks.extract.source import Source, decode

HEADING = frozenset(["13", "13D", "20", "21", "25", "25P", "28", "28C", "34F", "60F", "60M", "NS"])
_TAGS = (*sorted(HEADING), "61", "62F", "62M", "64", "65", "86", "90C", "90D")
_SHORT = [f"{tag}:" for tag in _TAGS if len(tag) == len("61")]
_LONG = [f"{tag}:" for tag in _TAGS if len(tag) > len("61")]
_ODD_MARK = re.compile(rf"\n([ \t\x1a]+:\n?|:\n)(?=(?:{'|'.join(_TAGS)}):)".encode())
_FIELD = re.compile(r"[\r\n][ \t]*:\d\d")
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_RAW = re.compile(rb"[\r\n][ \t\x1a]*:(?:\r\n|\r|\n)?61:")
_BOM = codecs.BOM_UTF8


def _lost(shape: str, *tags: str) -> re.Pattern[bytes]:
    """A pattern of damaged tags before what has the shape of their fields.

    A sign is missing, wrong or too much; or it is a tag that nobody knows.
    """
    sign = r"[^\n\0][\x80-\xbf]*"
    ways = [
        tag[:at] + instead + tag[at + len(gone) :]
        for tag in tags
        for at in range(len(tag))
        for gone, instead in ((tag[at], ""), (tag[at], sign), ("", sign), ("", "\n"))
        if (at, instead) != (0, "\n")
    ]
    ways.append(rf"(?!:(?:{'|'.join(_TAGS)}):):[^:\n\0]{{1,3}}:")
    return re.compile(rf"\n(?!{'|'.join(tags)})([ \t]*(?:{'|'.join(ways)}))(?={shape})".encode())


_DAY = r"\d\d(?:0[1-9]|1[0-2])[0-3]\d"
_ENTRY_SHAPE = rf"{_DAY}(?:\d{{4}}| {{4}})? *[RE]?[CD][A-Z]? *\d+(?:[.,]|[NSF][A-Z]{{3}})"
_BALANCE_SHAPE = rf"[CD]{_DAY}[A-Z]{{3}} *\d[\d.,]*[ \t]*\r?(?:\n|\Z)"
LOST_ENTRY = _lost(_ENTRY_SHAPE, ":61:")
LOST_BALANCE = _lost(_BALANCE_SHAPE, ":60F:", ":60M:", ":62F:", ":62M:")
"""A line that only lacks its tag: what follows has the shape of an entry, or of a balance."""

MAY_BE_LOST = re.compile(
    r"\n(?!:61:|:86:|:6[02][FM]:|:6[45]:[CD])"
    rf"(?=(?s:.){{2,9}}?(?:{_ENTRY_SHAPE}|{_BALANCE_SHAPE}))".encode()
)
"""A cheap look: without it there is neither of the two."""

_HEAD_BYTES = 1 << 16
"""So much of a file tells in which country it was written."""


@dataclass(frozen=True)
class Opened:
    """One file that could be decoded.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        raw_count: entries by a count of the bytes that is independent of the cut below.
    """

    source: Source
    encoding: str
    raw_count: int


@dataclass(frozen=True)
class Fields:
    """The fields of many files.

    Attributes:
        entries: frames with a row an entry: `entry`, its number in the batch, from 0; `line`,
            1-based; `head`, the field :61: with its tag and its further lines, as in
            "61:2601310131D1,00NTRF"; `text`, the field :86: behind it, in the same way, or null;
            `head_mark` and `text_mark`, what stands before these, mostly a colon.
        others: a row a field that is neither, with the fields around it that may belong to it, see
            OTHERS: the number of the file; the position among all fields; the last entry up to it,
            -1 without one; the line; the role, see below; what stands before the tag; the field.
            A field whose tag is damaged has none: that stands before it.
    """

    entries: list[pl.DataFrame]
    others: Iterator[tuple[object, ...]]


@dataclass(frozen=True)
class _Counted:
    """What the groups before held: fields, entries, lines, and the lines before the last file."""

    fields: int = 0
    entries: int = 0
    lines: int = 0
    before_file: int = 0


OTHERS = ("file", "at", "entry", "line", "role", "mark", "part", "is_lost")
_PIECE = {"file": pl.UInt32, "begins": pl.Boolean, "part": pl.Binary}

START, ENTRY, TEXT, OTHER = range(4)
"""What a field is: what stands before all tags, :61:, the first :86: behind it, any other."""

_START, _ENTRY, _TEXT, _OTHER = (pl.lit(n, pl.UInt8) for n in (START, ENTRY, TEXT, OTHER))


def open_text(source: Source) -> tuple[Opened, bytes]:
    """Decode a file.

    Returns:
        the file; and its text, UTF-8, line feeds only, one before the first line. A field begins
        with a line feed and a colon; where a bank writes blanks or a line feed about the colon,
        these stand with it behind that colon, between two NULs; so does a tag that is damaged.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        MalformedFile: a NUL byte, or entries that begin no line.
    """
    declared = code_page(source.data[:_HEAD_BYTES])
    text, encoding = decode(source, declared=declared)
    if "\ufeff" in text or (not encoding.startswith("utf") and _BOM in source.data):
        source = _unmarked(source)
        text, encoding = decode(source, declared=declared)
    lined = with_lines(text)
    is_folded = lined != text
    data = source.data if encoding.startswith("utf-8") and not is_folded else lined.encode()
    if (offset := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, offset) + 1
        raise MalformedFile(
            f"{source.name}: line {line}",
            "a NUL byte, which no text has",
            "export the statement again; the file was damaged or is not text",
        )
    printed = data if encoding == "utf-16" or is_folded else source.data
    is_plain = _LONE_RETURN.search(data) is None
    if is_plain:
        lines = data.replace(b"\r", b"")
    else:
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = b"\n" + lines.removeprefix(_BOM)
    if _ODD_MARK.search(lines):
        is_plain = False
        lines = _ODD_MARK.sub(b"\n:\0\\1\0", lines)
    raw_count = _count_entries(printed, is_plain=is_plain)
    if MAY_BE_LOST.search(lines):  # hardly ever
        raw_count += len(LOST_ENTRY.findall(lines))
        for lost in (LOST_ENTRY, LOST_BALANCE):
            lines = lost.sub(b"\n:\0\\1\0", lines)
    if not raw_count and b":61:" in data:
        raise MalformedFile(
            source.name,
            "it has entries (:61:), but none begins a line",
            "export the statement again; something took its line ends away",
        )
    return Opened(source, encoding, raw_count), lines


def with_lines(text: str) -> str:
    """The text with its lines, where it has none: HBCI writes @@ for the end of each."""
    is_folded = "@@:" in text and not _FIELD.search(text.strip())
    return text.replace("@@", "\n") if is_folded else text


def cut(texts: Sequence[bytes], *, group_bytes: int = 1 << 24) -> Fields:
    """Cut files at the tags that we know; what follows any other belongs to the field before it.

    Args:
        texts: the files, as `open_text` makes them.
        group_bytes: how much is cut at once, about; the outcome is the same.
    """
    counted = _Counted()
    entries, others = [], []
    for group in _groups(texts, group_bytes):
        parts = _parts(group, counted)
        found = _entries(parts)
        if not found.is_empty():
            entries.append(found)
        others.append(parts.filter(_is_near()))
        counted = _Counted(
            fields=counted.fields + parts.height,
            entries=parts["entry"][-1] + 1,
            lines=parts["above"][-1] + parts["breaks"][-1],
            before_file=parts["before_file"][-1],
        )
    rows = (row for part in others for row in part.select(OTHERS).iter_rows())
    return Fields(entries, rows)


def _groups(texts: Sequence[bytes], group_bytes: int) -> Iterator[list[tuple[int, bool, bytes]]]:
    """The files in groups of some megabytes: number, whether the text begins the file, and text.

    A large file is cut before an entry, so that no entry is cut from the fields that belong to it.
    """
    group: list[tuple[int, bool, bytes]] = []
    size = 0
    for number, text in enumerate(texts):
        start = 0
        while True:
            end = text.find(b"\n:61:", start + group_bytes)
            piece = text[start:end] if end >= 0 else text[start:]
            group.append((number, start == 0, piece))
            size += len(piece)
            if size >= group_bytes:
                yield group
                group, size = [], 0
            if end < 0:
                break
            start = end + len("\n:")
    if group:
        yield group


def _is_near() -> pl.Expr:
    """The other fields, and those around them that may belong to the same entry."""
    is_other, is_start = pl.col("role") == OTHER, pl.col("role") == START
    return (
        is_other
        | is_other.shift(-1, fill_value=False)  # its entry, or the text of that
        | is_other.shift(-2, fill_value=False)
        | is_start
        | is_start.shift(-1, fill_value=True)  # the last of a file
        | is_start.shift(-2, fill_value=True)
    )


def _entries(parts: pl.DataFrame) -> pl.DataFrame:
    """The entries, see Fields."""
    role, part, mark = pl.col("role"), pl.col("part"), pl.col("mark")
    following = pl.when(role.shift(-1) == TEXT)
    entries = parts.select(
        "entry",
        "line",
        "role",
        mark.alias("head_mark"),
        part.alias("head"),
        following.then(mark.shift(-1)).alias("text_mark"),
        following.then(part.shift(-1)).alias("text"),
    )
    return entries.filter(role == ENTRY).drop("role")


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


def _parts(group: Sequence[tuple[int, bool, bytes]], counted: _Counted) -> pl.DataFrame:
    """One row a field, with all numbers that it has in the batch."""
    part = pl.col("part")
    parts = (
        pl.DataFrame(group, schema=_PIECE, orient="row")
        .with_columns(part.cast(pl.String).str.split("\n:"))
        .explode("part")
        .with_columns(
            part.str.count_matches("\n", literal=True).alias("breaks") + 1,
            mark=pl.lit(":"),
            is_lost=pl.lit(value=False),
        )
    )
    if any(b"\0" in text for *_, text in group):
        cells = part.str.splitn("\0", 3).struct
        parts = parts.with_columns(
            mark=pl.coalesce(cells.field("field_1"), "mark"),
            part=pl.coalesce(cells.field("field_2"), "part"),
            is_lost=cells.field("field_1").str.contains(r"[^:\s\x1a]").fill_null(value=False),
        )
    is_first = pl.col("file").ne_missing(pl.col("file").shift(1))
    parts = _joined(
        parts.with_columns(
            pl.when(is_first & pl.col("begins"))
            .then(_START)
            .when(part.str.starts_with("61:") | (pl.col("is_lost") & part.str.contains("^[0-9]")))
            .then(_ENTRY)
            .when(part.str.starts_with("86:"))
            .then(_TEXT)
            .otherwise(_OTHER)
            .alias("role")
        )
    )
    role, breaks = pl.col("role"), pl.col("breaks")
    above = counted.lines + breaks.cum_sum() - breaks
    before = pl.when(role == START).then(above).forward_fill().fill_null(counted.before_file)
    return parts.with_columns(
        pl.when((role == TEXT) & (role.shift(1) != ENTRY))
        .then(_OTHER)
        .otherwise(role)
        .alias("role"),
        above.alias("above"),
        before.alias("before_file"),
        line=above - before,
        at=pl.int_range(counted.fields, counted.fields + pl.len()),
        entry=(role == ENTRY).cum_sum().cast(pl.Int64) - 1 + counted.entries,
    )


def _joined(parts: pl.DataFrame) -> pl.DataFrame:
    """Join what begins with a tag that we do not know, a line of text, to the field before it."""
    part = pl.col("part")
    others = parts.select("role", "part", "is_lost", at=pl.int_range(pl.len()))
    others = others.filter(~pl.col("is_lost"), role=OTHER)
    is_known = part.str.head(3).is_in(_SHORT) | part.str.head(4).is_in(_LONG)
    unknown = others.filter(~is_known)["at"]
    if unknown.is_empty():
        return parts
    begins = pl.repeat(1, parts.height, dtype=pl.UInt32, eager=True).scatter(unknown, 0)
    return (
        parts.with_columns(begins.cum_sum().alias("field"))
        .group_by("field", maintain_order=True)
        .agg(pl.col("file", "role", "mark", "is_lost").first(), pl.col("breaks").sum(), "part")
        .with_columns(part.list.join("\n:"))
    )
