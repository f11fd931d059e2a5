"""The tables of a batch put together: one numbering a file, over all of its sheets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.errors import FileError
from schemas.findings import FINDING, Code
from schemas.phrase import phrase
from schemas.statement import STATEMENT_TEXT, Convention
from schemas.transactions import RECORD
from tasks.extract.formats.workbook.tables import Table, grid_of, sheet_of
from tasks.extract.grid import Rows, interpret
from tasks.extract.source import FileRead, Reading, Source

_TIMED = r"^\s*(\d[\d./-]*)[ T]\d{1,2}:\d{2}.*$"


@dataclass
class Batch:
    """The tables of many files; a table is known by its position until they are put together.

    Attributes:
        tables: the tables of the files that are read, in the order of files and sheets.
        unread: file and number of the sheets that have rows but no header.
        errors: by file, why it was refused.
    """

    tables: list[Table] = field(default_factory=list)
    unread: list[tuple[int, int]] = field(default_factory=list)
    errors: dict[int, FileError] = field(default_factory=dict)


def together(sources: Sequence[Source], convention: Convention, batch: Batch) -> Reading:
    """Interpret all tables, and number what they hold by file."""
    parts = [part for group in _by_header(batch) for part in _interpreted(group, batch)]
    for part in parts:
        for number, error in part.errors.items():
            batch.errors.setdefault(batch.tables[number].source.file_no, error)
    order = _order(batch, parts)
    records = _numbered([part.records for part in parts], RECORD, order)
    findings = _numbered([part.findings for part in parts], FINDING, order)
    return Reading(
        convention=convention,
        records=_dated(records),
        statements=_numbered([part.statements for part in parts], STATEMENT_TEXT, order),
        files=_files(sources, batch, parts),
        findings=pl.concat([findings, _hidden(records, batch), _unread(batch)]),
    )


def _by_header(batch: Batch) -> list[list[int]]:
    """Positions of the tables, those with the same header together."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, table in enumerate(batch.tables):
        groups.setdefault(table.names, []).append(number)
    return list(groups.values())


def _interpreted(group: Sequence[int], batch: Batch) -> list[Rows]:
    tables = [batch.tables[number] for number in group]
    grids = [grid_of(table, number) for number, table in zip(group, tables, strict=True)]
    sheets = [sheet_of(table, number) for number, table in zip(group, tables, strict=True)]
    return [interpret(pl.concat(grids), tables[0].names, sheets, tables[0].layout)]


def _order(batch: Batch, parts: Sequence[Rows]) -> pl.DataFrame:
    """For each table its file and sheet, and how much of the file stands in the sheets before."""
    statements = _sizes([part.statements for part in parts])
    records = _sizes([frame for part in parts for frame in (part.records, part.findings)])
    before: dict[int, tuple[int, int]] = {}
    rows = []
    for number, table in enumerate(batch.tables):
        file_no = table.source.file_no
        if file_no in batch.errors:
            continue
        statement_count, record_count = before.get(file_no, (0, 0))
        rows.append((number, file_no, table.page.number, statement_count, record_count))
        before[file_no] = (
            statement_count + statements.get(number, 0),
            record_count + records.get(number, 0),
        )
    names = ("_table", "_file", "_sheet", "_statements", "_records")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.UInt32()), orient="row")


def _sizes(frames: Sequence[pl.DataFrame]) -> dict[int, int]:
    if not frames:
        return {}
    counts = pl.concat([frame.select("file_no") for frame in frames]).group_by("file_no").len()
    return dict(counts.iter_rows())


def _numbered(
    frames: Sequence[pl.DataFrame], schema: pl.Schema, order: pl.DataFrame
) -> pl.DataFrame:
    """Rows of tables as rows of files; what a refused file held falls away."""
    rows = pl.concat([schema.to_frame(), *frames]).rename({"file_no": "_table"})
    rows = rows.join(order, on="_table", how="inner", maintain_order="left")
    changes = [
        pl.col("_file").alias("file_no"),
        (pl.col("statement_no") + pl.col("_statements")).alias("statement_no"),
    ]
    if "record_no" in schema:
        changes += [
            (pl.col("record_no") + pl.col("_records")).alias("record_no"),
            phrase("sheet {} row {}", "_sheet", pl.col("place").str.strip_prefix("line ")).alias(
                "place"
            ),
        ]
    return (
        rows.with_columns(changes)
        .sort("_table", maintain_order=True)
        .select(pl.col(name).cast(kind) for name, kind in schema.items())
    )


def _dated(records: pl.DataFrame) -> pl.DataFrame:
    """Dates without the time beside them; a record with only the other date is pending."""
    days = [pl.col(name).str.replace(_TIMED, "$1") for name in ("booked_text", "valued_text")]
    empty = pl.col("booked_text").str.strip_chars() == ""
    is_pending = empty & pl.col("valued_text").str.contains(r"\S").fill_null(value=False)
    return records.with_columns(days).with_columns(
        (pl.col("is_pending") | is_pending).alias("is_pending"),
        pl.when(is_pending).then("valued_text").otherwise("booked_text").alias("booked_text"),
    )


def _files(sources: Sequence[Source], batch: Batch, parts: Sequence[Rows]) -> tuple[FileRead, ...]:
    """One FileRead a source, in the order given."""
    raw: dict[int, int] = {}
    markers: dict[int, int] = {}
    known: Mapping[int, int] = {
        number: count for part in parts for number, count in part.markers.items()
    }
    for number, table in enumerate(batch.tables):
        file_no = table.source.file_no
        raw[file_no] = raw.get(file_no, 0) + table.row_count
        markers[file_no] = markers.get(file_no, 0) + known.get(number, 0)
    return tuple(
        FileRead(one.file_no, error=batch.errors[one.file_no])
        if one.file_no in batch.errors
        else FileRead(one.file_no, "utf-8", raw[one.file_no], markers[one.file_no])
        for one in sources
    )


def _hidden(records: pl.DataFrame, batch: Batch) -> pl.DataFrame:
    """One remark a record in a hidden row."""
    places = [
        (table.source.file_no, f"sheet {table.page.number} row {row.number}")
        for table in batch.tables
        for row in table.rows
        if row.is_hidden
    ]
    hidden = pl.DataFrame(
        places, schema={"file_no": pl.UInt32(), "place": pl.String()}, orient="row"
    )
    rows = records.join(hidden, on=["file_no", "place"], how="semi", maintain_order="left")
    return _remarks(
        rows,
        Code.ROW_HIDDEN,
        pl.lit("the row is hidden in the workbook; it was read like any other"),
        "if the bank did not hide it, find out who did, and why",
    )


def _unread(batch: Batch) -> pl.DataFrame:
    """One remark a sheet that has rows but no header of the layout."""
    rows = [pair for pair in batch.unread if pair[0] not in batch.errors]
    sheets = pl.DataFrame(rows, schema=["file_no", "sheet"], orient="row").select(
        pl.col("file_no").cast(pl.UInt32),
        pl.lit(None, dtype=pl.UInt32).alias("statement_no"),
        pl.lit(None, dtype=pl.UInt32).alias("record_no"),
        phrase("sheet {}", "sheet").alias("place"),
        pl.lit("").alias("raw_text"),
    )
    return _remarks(
        sheets,
        Code.SHEET_UNREAD,
        pl.lit("the sheet has rows but no header that we know; it was not read"),
        "if it states movements, add its header to the layout",
    )


def _remarks(rows: pl.DataFrame, code: Code, message: pl.Expr, remedy: str) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(code.value).alias("code"),
        message.alias("message"),
        pl.lit(remedy).alias("remedy"),
        pl.lit(value=False).alias("is_set_aside"),
    ).select(pl.col(name).cast(kind) for name, kind in FINDING.items())
