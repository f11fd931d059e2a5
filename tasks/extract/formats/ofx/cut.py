"""Many OFX files cut at once: into their records, and the pieces that stand around these."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.errors import FileError
from tasks.extract.formats.ofx.closely import Unfolded, is_odd, unfold
from tasks.extract.formats.ofx.document import Document, Piece, Text

CUT = pl.Schema(
    {
        "file": pl.UInt32(),  # which of the files, from 0
        "line": pl.UInt32(),  # of the file, on which the record starts, from 1
        "is_announced": pl.Boolean(),  # it is pending by its very tag, STMTTRNP of OFX 2.2
        "record": pl.String(),  # what follows its start tag; tags in upper case, comments blanked
        "raw_text": pl.String(),  # the record exactly as the bank wrote it
    }
)
"""One row a record, in the order of the files."""

_ROW = pl.Schema(
    {
        "file": pl.UInt32(),
        "text": pl.String(),  # what follows the start tag; of the first row of a file, its head
        "tag": pl.String(),  # the start tag; null: just <STMTTRN>
        "printed": pl.String(),  # tag and text as the bank wrote them; null: just so
    }
)
"""One row a record, and in front of the first one of each file a row for its head."""

_START, _END = "<STMTTRN>", "</STMTTRN>"
_START_BYTES = _START.encode()
_PART_BYTES = 2 * 1024 * 1024  # cut at a time, so that memory is used again
_RECORD_END = re.compile(
    r"</STMTTRNP?\s*>"
    r"|(?=</(?:BANKTRANLISTP?|INVBANKTRAN|INVTRANLIST|(?:CC|INV)?STMTRS|OFX)\s*>)"
)


@dataclass(frozen=True)
class _Rest:
    """What stands between a record and the next one.

    Attributes:
        file: which of the files.
        piece: the text.
        open_line: the line of the record, if that has no end tag; else 0.
    """

    file: int
    piece: Piece
    open_line: int


def cut(texts: Sequence[Text]) -> tuple[pl.DataFrame, list[Document], dict[int, FileError]]:
    """Cut files at the start of every record.

    Returns:
        CUT; a document for every file that can be cut; and by file why the others are refused.
    """
    rows, counts = _split(texts)
    frames, refusals = [rows], {}
    for number, text in enumerate(texts):
        if number in counts:
            continue
        raw_count = _count(text.data)
        try:
            frames.append(_rows(number, unfold(text, raw_count)))
            counts[number] = raw_count
        except FileError as error:
            refusals[number] = error
    if len(frames) > 1:
        rows = pl.concat(frames).sort("file", maintain_order=True)
    numbered = _numbered(rows)
    rows, rests = _ended(numbered.filter(pl.col("number") > 0))
    return rows, _documents(texts, counts, numbered, rests), refusals


def _split(texts: Sequence[Text]) -> tuple[pl.DataFrame, dict[int, int]]:
    """Cut the files in which every start tag is just `<STMTTRN>`, and count the start tags."""
    frames = [_ROW.to_frame().select("file", "text")]
    counts: dict[int, int] = {}
    others: set[int] = set()  # files that hold other start tags, too
    for parts in _parts(texts):
        columns = {"file": [number for number, _ in parts], "text": [part for _, part in parts]}
        cut = (
            pl.DataFrame(columns, schema={"file": pl.UInt32(), "text": pl.Binary()})
            .with_columns(pl.col("text").cast(pl.String))
            .select(
                "file",
                pl.col("text").str.split(_START),
                count=1 + pl.col("text").str.count_matches("(?i)<STMTTRN(?:[^R]|$)"),  # no …TRNRS
            )
        )
        for number, count, cuts in cut.select("file", "count", pl.col("text").list.len()).rows():
            counts[number] = counts.get(number, -1) + count
            others |= {number} if count != cuts else set()
        frames.append(cut.select("file", "text").explode("text"))
    rows = pl.concat(frames)
    if others:
        rows = rows.filter(~pl.col("file").is_in(list(others)))
        counts = {number: count for number, count in counts.items() if number not in others}
    return _shaped(rows), counts


def _parts(texts: Sequence[Text]) -> Iterator[list[tuple[int, bytes]]]:
    """The plain files, a few megabytes at a time; a large file is parted at start tags.

    A start tag at which a file is parted is left out, as where the parts are cut.
    """
    held, size = [], 0
    for number, text in enumerate(texts):
        data, at = text.data, 0
        if not _is_plain(data):
            continue
        while at >= 0:
            stop = data.find(_START_BYTES, at + _PART_BYTES)
            part = data[at:stop] if stop >= 0 else data[at:]
            held.append((number, part))
            size += len(part)
            at = stop + len(_START_BYTES) if stop >= 0 else -1
            if size >= _PART_BYTES:
                yield held
                held, size = [], 0
    if held:
        yield held


def _is_plain(data: bytes) -> bool:
    """A first look: are there no comments or CDATA sections, and is the rest in upper case?"""
    first, last = data.find(_START_BYTES), data.rfind(_START_BYTES)
    if first < 0 or (b"!" in data and b"<!" in data):
        return False
    second = data.find(_START_BYTES, first + 1)
    return not is_odd(data[: second if second > 0 else len(data)], data[last:])


def _rows(number: int, file: Unfolded) -> pl.DataFrame:
    cells = {"text": file.texts, "tag": file.tags, "printed": file.printed}
    return _shaped(pl.DataFrame(cells, schema_overrides=_ROW).with_columns(file=pl.lit(number)))


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in _ROW.items()
    )


def _count(data: bytes) -> int:
    upper = data.upper()
    return upper.count(b"<STMTTRN") - upper.count(b"<STMTTRNR")  # not STMTTRNRS, STMTTRNRQ


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the number of each record in its file, its first line and its last."""
    printed = pl.coalesce("printed", "text") if rows["printed"].count() else pl.col("text")
    breaks = printed.str.count_matches("\n", literal=True)
    return rows.with_columns(breaks.alias("breaks")).with_columns(
        number=pl.int_range(pl.len(), dtype=pl.UInt32).over("file"),
        line=1 + (pl.col("breaks").cum_sum() - pl.col("breaks")).over("file"),
    )


def _ended(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[_Rest]]:
    """Find where each record ends: CUT, and what stands behind some of them.

    Nearly all records end where the next one starts. OFX 1 may leave out end tags: then the end of
    what is around a record ends it.
    """
    record = rows["text"].str.strip_chars_end()
    at = (~record.str.ends_with(_END)).arg_true()
    rests, ended = [], []
    for file, number, line, text in rows[at].select("file", "number", "line", "text").iter_rows():
        end = _RECORD_END.search(text)
        stop = end.end() if end else len(text)
        piece = Piece(number, line + text.count("\n", 0, stop), text[stop:])
        rests.append(_Rest(file, piece, 0 if end and end[0] else line))
        ended.append(text[:stop].rstrip())
    record = record.scatter(at, ended) if ended else record
    raw_text, is_announced = _START + pl.col("record"), pl.lit(value=False)
    if rows["printed"].count():
        length = pl.col("tag").str.len_chars() + pl.col("record").str.len_chars()
        printed = pl.col("printed").str.head(length).str.strip_chars_end()
        raw_text = pl.coalesce(printed, raw_text)
        is_announced = pl.col("tag").str.starts_with("<STMTTRNP").fill_null(value=False)
    cut = rows.with_columns(record.alias("record")).select(
        "file",
        "line",
        is_announced.alias("is_announced"),
        "record",
        raw_text.alias("raw_text"),
    )
    return cut, rests


def _documents(
    texts: Sequence[Text], counts: Mapping[int, int], rows: pl.DataFrame, rests: Sequence[_Rest]
) -> list[Document]:
    """What stands outside of the records of each file.

    Args:
        texts: the files.
        counts: the start tags of each that can be cut.
        rows: their heads and records, numbered.
        rests: what stands behind records.
    """
    sides = rows.group_by("file", maintain_order=True).agg(
        pl.col("text").first().alias("head"),
        pl.col("number").last(),
        (pl.col("line") + pl.col("breaks")).last().alias("end_line"),
    )
    documents = {
        file: Document(texts[file], counts[file], number, end_line, [Piece(0, 1, head)])
        for file, head, number, end_line in sides.iter_rows()
    }
    for rest in rests:
        document = documents[rest.file]
        document.pieces.append(rest.piece)
        if rest.open_line:
            document.open_lines[rest.piece.after] = rest.open_line
    return list(documents.values())
