"""A grid of cells, and what a bank layout makes of its rows; for all formats that hold tables."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import PurePath
from typing import Any

import polars as pl

from schemas.bank import BankLayout
from schemas.errors import FileError, MalformedFile
from schemas.findings import FINDING, Code
from schemas.statement import STATEMENT_TEXT
from schemas.transactions import RECORD
from tasks.extract.source import frame

ONCE = ("starts", "ends", "opening", "closing")

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
class Sheet:
    """The table of one file: where it comes from and what stands above its rows.

    Attributes:
        file_no: position of the file in its batch.
        name: the file's name as messages show it.
        printed_name: the file's whole name, in which a layout may find the account.
        preamble: the lines above the header.
    """

    file_no: int
    name: str
    printed_name: str
    preamble: tuple[str, ...]


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


class Kind(IntEnum):
    """What a row is; the markers of the layout follow by their position."""

    MOVEMENT = 0
    BROKEN = 1
    FILLER = 2
    MARKER = 3


@dataclass(frozen=True)
class _View:
    """A layout, as seen on a grid under one of its headers."""

    layout: BankLayout
    header: tuple[str, ...]

    def cell(self, name: str | None) -> pl.Expr:
        """The column of the bank; null where this header does not have it."""
        if name is None or name not in self.header:
            return pl.lit(None, dtype=pl.String)
        return pl.col(f"c{self.header.index(name)}")

    def description(self) -> pl.Expr:
        """The columns of the description, the empty ones left out."""
        parts = [self.cell(name) for name in self.layout.columns.description if name in self.header]
        if len(parts) == 1:
            return parts[0]
        filled = (pl.when(part.str.len_bytes() > 0).then(part) for part in parts)
        return pl.concat_str(filled, separator=" ", ignore_nulls=True)


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
    view = _View(layout, tuple(header))
    rows = grid.with_columns(_kind(grid, view))
    errors = _half_broken(rows, sheets)
    if errors:
        rows = rows.filter(~pl.col("file_no").is_in(list(errors)))
    kept = [sheet for sheet in sheets if sheet.file_no not in errors]
    numbered = _only(rows, pl.col("kind") <= Kind.BROKEN).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no").alias("record_no")
    )
    movements = _only(numbered, pl.col("kind") == Kind.MOVEMENT)
    movements, statements = _statements(movements, kept, view, _stated_balances(rows, view))
    return Rows(
        records=_records(movements, view),
        statements=statements,
        findings=_findings(numbered.filter(pl.col("kind") == Kind.BROKEN)),
        markers=dict(rows.filter(pl.col("kind") >= Kind.FILLER)["file_no"].value_counts().rows()),
        errors=errors,
    )


def _only(rows: pl.DataFrame, condition: pl.Expr) -> pl.DataFrame:
    """The rows that meet the condition; spares the copy where all of them do."""
    meets = rows.select(condition).to_series()
    return rows if meets.all() else rows.filter(meets)


def _kind(grid: pl.DataFrame, view: _View) -> pl.Expr:
    """What each row is. What stands below the stop line is no movement, whatever it looks like."""
    rules, raw = view.layout.rows, pl.col("raw_text")
    booked_on = view.layout.columns.booked_on
    booked = grid.select(view.cell(booked_on).str.strip_chars()).to_series()
    filler = pl.lit(booked == booked_on)  # the header once more
    if (booked == "").any():
        cells = [pl.col(f"c{number}") for number in range(len(view.header))]
        filler |= pl.all_horizontal(cell.str.strip_chars() == "" for cell in cells)
    for footer in rules.footers:
        filler |= raw.str.contains(footer)
    if rules.stop is not None:
        stopped = grid.filter(raw.str.contains(rules.stop)).group_by("file_no")
        first = dict(stopped.agg(pl.min("line_no")).rows())
        stop_line = pl.col("file_no").replace_strict(first, default=None, return_dtype=pl.UInt32)
        filler |= pl.col("line_no") >= stop_line
    kind = pl.when(filler).then(Kind.FILLER.value).when(pl.col("is_broken")).then(Kind.BROKEN.value)
    for number, marker in enumerate(rules.markers):
        is_marker = view.description().str.contains(marker.pattern)
        kind = kind.when(is_marker).then(Kind.MARKER.value + number)
    return kind.otherwise(Kind.MOVEMENT.value).cast(pl.UInt8).alias("kind")


def _half_broken(rows: pl.DataFrame, sheets: Sequence[Sheet]) -> dict[int, FileError]:
    """Refuse a file of which half of the movements are broken: it is damaged, or another layout."""
    broken = rows.filter(pl.col("kind") == Kind.BROKEN)
    if broken.is_empty():
        return {}
    whole = rows.filter(pl.col("kind") == Kind.MOVEMENT).group_by("file_no").len("whole")
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
    lines = pl.select(
        pl.format("line {}", pl.int_range((last if isinstance(last, int) else 0) + 1))
    )
    return lines.to_series().gather(line_no).alias("place")


def _records(movements: pl.DataFrame, view: _View) -> pl.DataFrame:
    """RECORD of the movements, cells as printed."""
    columns = view.layout.columns
    cells = {
        "booked_text": columns.booked_on,
        "valued_text": columns.valued_on,
        "amount_text": columns.amount,
        "credit_text": columns.credit,
        "debit_text": columns.debit,
        "mark_text": columns.mark,
        "balance_text": columns.balance,
        "currency_text": columns.currency,
        "counterparty": columns.counterparty,
        "bank_ref": columns.bank_ref,
        "kind_code": columns.kind_code,
        "original_amount_text": columns.original_amount,
        "original_currency": columns.original_currency,
        "exchange_rate_text": columns.exchange_rate,
    }
    return movements.select(
        "file_no",
        "statement_no",
        "record_no",
        "raw_text",
        _places(movements["line_no"]),
        view.description().alias("description"),
        pl.lit(value=False).alias("is_pending"),
        *(view.cell(name).alias(target) for target, name in cells.items()),
    ).select(RECORD.names())


def _findings(broken: pl.DataFrame) -> pl.DataFrame:
    """FINDING of the rows that could not be cut into cells; each is set aside.

    Which account a broken row belongs to is unknown, so it stands with the first statement.
    """
    return broken.select(
        "file_no",
        pl.lit(1, dtype=pl.UInt32).alias("statement_no"),
        "record_no",
        _places(broken["line_no"]),
        pl.lit(Code.UNREADABLE_ROW.value).alias("code"),
        pl.lit("the row lacks or exceeds the cells of its header, or leaves a quote open").alias(
            "message"
        ),
        pl.lit("correct the row as the bank shows it, or export the file again").alias("remedy"),
        "raw_text",
        pl.lit(value=True).alias("is_set_aside"),
    ).select(FINDING.names())


def _statements(
    movements: pl.DataFrame,
    sheets: Sequence[Sheet],
    view: _View,
    balances: Mapping[int, dict[str, str]],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the statements: one a file, or one an account and currency where columns name them.

    Balances and periods that the file states once belong to a statement only if it is alone.
    """
    account, currency = view.layout.account, view.layout.columns.currency
    named = movements.with_columns(
        account_text=_filled(view.cell(account.column)),
        statement_currency=_filled(view.cell(currency)),
    )
    key = ["file_no", "account_text", "statement_currency"]
    if {account.column, currency}.isdisjoint(view.header):
        groups = {sheet.file_no: [(None, None)] for sheet in sheets}
        named = named.with_columns(statement_no=pl.lit(1, dtype=pl.UInt32))
    else:
        keys = named.select(key).unique(maintain_order=True)
        number = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no")
        keys = keys.with_columns(statement_no=number)
        named = named.join(keys, on=key, how="left", nulls_equal=True, maintain_order="left")
        groups = {sheet.file_no: [] for sheet in sheets}
        for file_no, *pair, _ in keys.iter_rows():
            groups[file_no].append(tuple(pair))
    lines = [
        line
        for sheet in sheets
        for line in _statement_lines(
            sheet,
            groups[sheet.file_no] or [(None, None)],
            view.layout,
            balances.get(sheet.file_no, {}),
        )
    ]
    columns = {name: [line.get(name) for line in lines] for name in STATEMENT_TEXT.names()}
    return named, frame(columns, STATEMENT_TEXT)


def _filled(cell: pl.Expr) -> pl.Expr:
    """The trimmed text of a cell; null if it is empty."""
    text = cell.str.strip_chars()
    return pl.when(text != "").then(text)


def _statement_lines(
    sheet: Sheet,
    accounts: Sequence[tuple[str | None, str | None]],
    layout: BankLayout,
    balances: Mapping[str, str],
) -> list[dict[str, object]]:
    """The statements of one file."""
    stated = _stated(sheet, layout)
    once = {f"{name}_text": text for name, text in stated.items() if name in ONCE} | dict(balances)
    return [
        {
            "file_no": sheet.file_no,
            "statement_no": number,
            "institution_text": layout.bank,
            "branch_text": stated.get("branch"),
            "account_text": account or stated.get("account"),
            "account_kind": layout.account.kind.value,
            "currency_text": currency or stated.get("currency") or layout.account.currency,
            "stated_on_text": stated.get("stated"),
            **(once if len(accounts) == 1 else {}),
        }
        for number, (account, currency) in enumerate(accounts, start=1)
    ]


def _stated(sheet: Sheet, layout: BankLayout) -> dict[str, str]:
    """What the preamble and the name of the file say; the first pattern that says it counts."""
    places = [(pattern, line) for pattern in layout.preamble for line in sheet.preamble]
    if layout.file_name is not None:
        places.append((layout.file_name, PurePath(sheet.printed_name).name))
    stated: dict[str, str] = {}
    for pattern, text in places:
        if match := re.search(pattern, text):
            found = ((name, value.strip()) for name, value in match.groupdict().items() if value)
            stated = {**dict(found), **stated}
    return stated


def _stated_balances(rows: pl.DataFrame, view: _View) -> dict[int, dict[str, str]]:
    """Opening and closing balance of each file, from its marker rows."""
    markers = view.layout.rows.markers
    if not markers or rows.is_empty():
        return {}
    columns = view.layout.columns
    states = {Kind.MARKER.value + number: marker.states for number, marker in enumerate(markers)}
    marks = rows.filter(pl.col("kind") >= Kind.MARKER).select(
        "file_no",
        "line_no",
        pl.col("kind").replace_strict(states, return_dtype=pl.String).alias("states"),
        pl.coalesce(_filled(view.cell(columns.balance)), _filled(view.cell(columns.amount))).alias(
            "text"
        ),
        _filled(view.cell(columns.booked_on)).alias("on_text"),
    )
    lines = pl.col("line_no")
    spans = rows.filter(pl.col("kind") <= Kind.BROKEN).group_by("file_no")
    ends = spans.agg(lines.min().alias("first"), lines.max().alias("last"))
    marks = marks.drop_nulls("text").join(ends, on="file_no", how="left", maintain_order="left")
    of_file: dict[int, list[dict[str, Any]]] = {}
    for mark in marks.iter_rows(named=True):
        of_file.setdefault(mark["file_no"], []).append(mark)
    return {file_no: _edges(found) for file_no, found in of_file.items()}


def _edges(marks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The balances of one file that stand above or below all of its movements, with their days.

    A running balance closes the statement where the opening balance stands above all movements and
    the running balance below them; in any other order it says nothing about the end.
    """
    above = [mark for mark in marks if mark["first"] is None or mark["line_no"] < mark["first"]]
    below = [mark for mark in marks if mark["last"] is None or mark["line_no"] > mark["last"]]
    top = _stating(above, "opening")[:1]
    opening = top or _stating(below, "opening")[-1:]
    closing = _stating(below, "closing")[-1:] or _stating(above, "closing")[:1]
    if top and not closing:
        later = [mark for mark in below if mark["line_no"] > top[0]["line_no"]]
        closing = _stating(later, "running")[-1:]
    edges = [("opening", mark) for mark in opening] + [("closing", mark) for mark in closing]
    texts = {f"{edge}_text": mark["text"] for edge, mark in edges}
    return texts | {f"{edge}_on_text": mark["on_text"] for edge, mark in edges}


def _stating(marks: Sequence[Mapping[str, Any]], states: str) -> list[Mapping[str, Any]]:
    return [mark for mark in marks if mark["states"] == states]
