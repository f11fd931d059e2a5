"""A grid of cells, and what a bank layout makes of its rows; for all formats that hold tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

import polars as pl

from schemas.bank import BankLayout
from schemas.errors import FileError, MalformedFile
from schemas.findings import FINDING, Code, no_findings
from schemas.phrase import phrase
from schemas.transactions import RECORD
from tasks.extract.chain import unproven, with_day_edges
from tasks.extract.pasted import (
    headers_again,
    is_stopped,
    other_accounts,
    other_exports,
    other_tables,
    rows_again,
)
from tasks.extract.stated import export_days, statements_of, with_accounts
from tasks.extract.texts import (
    is_state,
    with_cells,
    with_continuations,
    with_proven_dates,
    with_years,
)
from tasks.extract.view import Kind, Sheet, View

__all__ = ["PLACES", "Rows", "Sheet", "grid_schema", "interpret"]

_NAMES_KEPT = 1 << 17  # two megabytes
_LAST_KIND = 255

PLACES = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "line_no": pl.UInt32(),  # 1-based, in the file as the bank made it
        "raw_text": pl.String(),  # the row as printed
        "is_broken": pl.Boolean(),  # the row could not be cut into the cells of its header
    }
)


def grid_schema(width: int) -> pl.Schema:
    """The shape of a grid: one row a line that is not blank, in the order of files and lines.

    The cells `c0`, `c1` … are text as printed; all of them are null in a broken row.
    """
    return pl.Schema({**PLACES, **{f"c{number}": pl.String() for number in range(width)}})


@dataclass(frozen=True)
class Rows:
    """What became of the rows of a grid.

    Attributes:
        records: RECORD.
        statements: STATEMENT_TEXT.
        findings: FINDING, one a broken row.
        markers: by file, the rows that are no movements: balances, headings, footers.
        errors: by file, why it was refused; nothing of it stands in the frames.
    """

    records: pl.DataFrame
    statements: pl.DataFrame
    findings: pl.DataFrame
    markers: Mapping[int, int]
    errors: Mapping[int, FileError]


def interpret(
    grid: pl.DataFrame, header: Sequence[str], sheets: Sequence[Sheet], layout: BankLayout
) -> Rows:
    """Tell movements from balances, headings and broken rows, and give the cells their names.

    Args:
        grid: rows of sheets that all have this header; see `grid_schema`.
        header: the names of the columns, as the layout writes them.
        sheets: the files; one without rows is a statement without movements.
        layout: the bank layout.
    """
    view = View(layout, tuple(header))
    rows = with_cells(grid.with_columns(_kind(grid, view)), view)
    if layout.conventions.has_no_year:
        rows = with_years(rows, export_days(sheets, layout))
    if layout.rows.has_continuations:
        rows = with_continuations(rows)
    rows, undecided = with_proven_dates(rows, view, sheets)
    heads = headers_again(rows, view)
    errors = _half_broken(rows, sheets) | undecided | other_exports(grid, layout, sheets)
    errors |= other_tables(heads, view, sheets) | other_accounts(rows, heads, layout, sheets)
    kept = [sheet for sheet in sheets if sheet.file_no not in errors]
    told = _told(_without(rows, errors), kept, view)
    read = told.records, told.statements
    late = rows_again(*read, heads, layout.convention, kept)
    if layout.table.needs_proof:
        late |= unproven(*read, layout.convention, kept)
    return Rows(
        _without(told.records, late),
        _without(told.statements, late),
        _without(told.findings, late),
        told.markers,
        errors | late,
    )


def _told(rows: pl.DataFrame, sheets: Sequence[Sheet], view: View) -> Rows:
    """What the rows of the files say that were not refused."""
    rows = with_accounts(rows, sheets, view)
    numbered = _of_kinds(rows, Kind.MOVEMENT, Kind.BROKEN).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no").alias("record_no")
    )
    movements = _of_kinds(numbered, Kind.MOVEMENT, Kind.MOVEMENT)
    movements, statements = statements_of(movements, rows, sheets, view)
    movements, doubtful = _parted(movements, view)
    records = _records(movements)
    if view.has(view.layout.columns.day_balance):
        statements = with_day_edges(records, statements, view.layout.convention)
        records = records.with_columns(balance_text=pl.lit(None, dtype=pl.String))
    return Rows(
        records=records,
        statements=statements,
        findings=_broken(_of_kinds(numbered, Kind.BROKEN, Kind.BROKEN)).vstack(doubtful),
        markers=dict(_of_kinds(rows, Kind.FILLER, _LAST_KIND)["file_no"].value_counts().rows()),
        errors={},
    )


def _without(rows: pl.DataFrame, errors: Mapping[int, FileError]) -> pl.DataFrame:
    """The rows of the files that were not refused."""
    return rows.filter(~pl.col("file_no").is_in(list(errors))) if errors else rows


def _of_kinds(rows: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """The rows of these kinds; nearly always all or none, which spares the copy."""
    kinds = rows["kind"]
    if kinds.is_empty():
        return rows
    lowest, highest = cast("int", kinds.min()), cast("int", kinds.max())
    if highest < first or last < lowest:
        return rows.clear()
    if first <= lowest and highest <= last:
        return rows
    return rows.filter(kinds.is_between(first, last))


def _kind(grid: pl.DataFrame, view: View) -> pl.Expr:
    """What each row is. What stands below the stop line is no movement, whatever it looks like."""
    rules, raw = view.layout.rows, pl.col("raw_text")
    booked_on = view.layout.columns.booked_on
    booked = view.cell(booked_on).str.strip_chars()
    written = grid.select(view.cell(booked_on).unique()).to_series().str.strip_chars()
    filler = pl.lit(value=False)
    if (written == booked_on).any():  # the header once more
        filler = booked == booked_on
    if (written == "").any():
        cells = [pl.col(f"c{number}") for number in range(len(view.header))]
        filler |= pl.all_horizontal(cell.str.strip_chars() == "" for cell in cells)
    for footer in rules.footers:
        filler |= raw.str.contains(footer)
    closing = [one.line for one in rules.markers if one.line and one.states == "closing"]
    is_closing = pl.any_horizontal(pl.lit(value=False), *(raw.str.contains(one) for one in closing))
    filler |= is_state(view, rules.void) | (is_stopped(grid, rules.stop) & ~is_closing)
    kind = pl.when(filler).then(Kind.FILLER.value).when(pl.col("is_broken")).then(Kind.BROKEN.value)
    for number, marker in enumerate(rules.markers):
        tells = view.description() if marker.pattern is not None else raw
        is_marker = tells.str.contains(marker.pattern or marker.line or "")
        kind = kind.when(is_marker).then(Kind.MARKER.value + number)
    return kind.otherwise(Kind.MOVEMENT.value).cast(pl.UInt8).alias("kind")


def _half_broken(rows: pl.DataFrame, sheets: Sequence[Sheet]) -> dict[int, FileError]:
    """Refuse a file of which half of the movements are broken: it is damaged, or another layout."""
    broken = _of_kinds(rows, Kind.BROKEN, Kind.BROKEN)
    if broken.is_empty():
        return {}
    whole = _of_kinds(rows, Kind.MOVEMENT, Kind.MOVEMENT).group_by("file_no").len("whole")
    counts = (
        broken.group_by("file_no")
        .agg(pl.len().alias("broken"), pl.col("line_no").min())
        .join(whole, on="file_no", how="left")
        .with_columns(pl.col("whole").fill_null(0))
        .filter(pl.col("broken") >= pl.col("whole"))
    )
    names = {sheet.file_no: sheet.name for sheet in sheets}
    return {
        row["file_no"]: MalformedFile(
            f"{names[row['file_no']]}: line {row['line_no']}",
            f"{row['broken']} of {row['broken'] + row['whole']} rows do not have the cells"
            " that the header announces",
            "export the file again; if the bank changed its table, correct the layout",
        )
        for row in counts.iter_rows(named=True)
    }


def _places(line_no: pl.Series) -> pl.Series:
    """The place of each row; written once for all files that have such a line."""
    last = line_no.max()
    count = (last if isinstance(last, int) else 0) + 1
    kept = 1 << (count - 1).bit_length()
    names = _names_of_lines(kept) if kept <= _NAMES_KEPT else _line_names(count)
    return names.gather(line_no).alias("place")


@cache
def _names_of_lines(count: int) -> pl.Series:
    """The same for every batch, so kept; a power of two, so that there are few of them."""
    return _line_names(count)


def _line_names(count: int) -> pl.Series:
    return pl.select(phrase("line {}", pl.int_range(count))).to_series()


def _records(movements: pl.DataFrame) -> pl.DataFrame:
    """RECORD of the movements."""
    return movements.with_columns(_places(movements["line_no"])).select(RECORD.names())


def _parted(movements: pl.DataFrame, view: View) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The movements whose status the layout knows, and FINDING of the others."""
    rules = view.layout.rows
    if not view.has(view.layout.columns.status):
        return movements, no_findings()
    is_known = is_state(view, rules.booked) | is_state(view, rules.pending)
    others = movements.filter(~is_known)
    if others.is_empty():
        return movements, no_findings()
    findings = _findings(
        others,
        Code.STATUS_UNKNOWN,
        "whether it is booked is not known: no pattern of the layout fits its status",
        "add the status to `booked`, `pending` or `void` of the bank layout;"
        " then buffet quarantine retry",
    )
    return movements.filter(is_known), findings


def _broken(rows: pl.DataFrame) -> pl.DataFrame:
    """FINDING of the rows that could not be cut into cells.

    Which account a broken row belongs to is unknown, so it stands with the first statement.
    """
    if rows.is_empty():
        return no_findings()
    return _findings(
        rows.with_columns(pl.lit(1, dtype=pl.UInt32).alias("statement_no")),
        Code.UNREADABLE_ROW,
        "the row lacks or exceeds the cells of its header, or leaves a quote open",
        "correct the row as the bank shows it, or export the file again",
    )


def _findings(rows: pl.DataFrame, code: Code, message: str, remedy: str) -> pl.DataFrame:
    """FINDING of rows that are set aside."""
    said = {"code": code.value, "message": message, "remedy": remedy}
    return rows.with_columns(
        _places(rows["line_no"]),
        *(pl.lit(text).alias(name) for name, text in said.items()),
        pl.lit(value=True).alias("is_set_aside"),
    ).select(FINDING.names())
