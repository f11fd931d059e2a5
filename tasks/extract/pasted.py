"""What makes a file more than one table: another export in it, or the same rows once more.

Two exports that a person put into one file both have the days in which they overlap, and may be of
two accounts. Nearly all files repeat their header nowhere; only those that do are looked at.
"""

import re
from collections.abc import Sequence

import polars as pl

from schemas.bank import BankLayout
from schemas.errors import FileError, MalformedFile
from schemas.statement import Convention
from tasks.extract.stated import stands_above
from tasks.extract.typed import type_records, type_statements
from tasks.extract.view import Sheet, View

_MONEY = ("amount_text", "credit_text", "debit_text")
_SAME = ("description", "counterparty", "bank_ref")


def headers_again(rows: pl.DataFrame, view: View) -> pl.DataFrame:
    """The rows that name the column of the day again, down to the stop line."""
    booked_on = view.layout.columns.booked_on
    is_again = (view.cell(booked_on).str.strip_chars() == booked_on) & ~pl.col("is_broken")
    return rows.filter(is_again & ~is_stopped(rows, view.layout.rows.stop))


def is_stopped(grid: pl.DataFrame, stop: str | None) -> pl.Expr:
    """Whether a row stands below the stop line of its file."""
    if stop is None:
        return pl.lit(value=False)
    stopped = grid.filter(pl.col("raw_text").str.contains(stop)).group_by("file_no")
    first = dict(stopped.agg(pl.min("line_no")).rows())
    stop_line = pl.col("file_no").replace_strict(first, default=None, return_dtype=pl.UInt32)
    return (pl.col("line_no") >= stop_line).fill_null(value=False)


def other_tables(heads: pl.DataFrame, view: View, sheets: Sequence[Sheet]) -> dict[int, FileError]:
    """Refuse a file in which another table begins.

    Args:
        heads: `headers_again`.
        view: the layout on these rows.
        sheets: the files.
    """
    is_same = pl.all_horizontal(
        pl.col(f"c{number}").str.strip_chars().str.to_lowercase() == name.strip().lower()
        for number, name in enumerate(view.header)
    )
    return _begun(heads.filter(~is_same), sheets, "another table begins here, with other columns")


def other_accounts(
    rows: pl.DataFrame, heads: pl.DataFrame, layout: BankLayout, sheets: Sequence[Sheet]
) -> dict[int, FileError]:
    """Refuse a file with a second header and a line that names another account than those above.

    Args:
        rows: of all files, with the texts of records.
        heads: `headers_again`.
        layout: the bank layout.
        sheets: the files.
    """
    has_money = pl.any_horizontal(pl.col(name).str.contains(r"\d") for name in _MONEY)
    others = rows.clear()
    again = set(heads["file_no"])
    for sheet in (one for one in sheets if one.file_no in again):
        lines = rows.filter(~has_money.fill_null(value=False), file_no=sheet.file_no)
        own = {account for line in sheet.preamble for account in accounts_in(line, layout)}
        named = [bool(accounts_in(line, layout) - own) for line in lines["raw_text"]]
        others = others.vstack(lines.filter(pl.Series(named, dtype=pl.Boolean)))
    return _begun(others, sheets, "another account begins here, below the same header")


def other_exports(
    grid: pl.DataFrame, layout: BankLayout, sheets: Sequence[Sheet]
) -> dict[int, FileError]:
    """Refuse a file in which another export begins below the stop line: it would not be read."""
    if layout.rows.stop is None:
        return {}
    below = grid.filter(is_stopped(grid, layout.rows.stop))
    heads = [stands_above(line, layout) for line in below["raw_text"]]
    others = below.filter(pl.Series(heads, dtype=pl.Boolean))
    return _begun(others, sheets, "another export begins here, below the end of the first")


def rows_again(
    records: pl.DataFrame,
    statements: pl.DataFrame,
    heads: pl.DataFrame,
    rule: Convention,
    sheets: Sequence[Sheet],
) -> dict[int, FileError]:
    """Refuse a file with a movement that stands above a repeated header and below it.

    They are compared as what they say: a program that saves a table again puts other quotes and
    marks around the same cells.

    Args:
        records: RECORD.
        statements: STATEMENT_TEXT.
        heads: `headers_again`.
        rule: how these files write dates, numbers and signs.
        sheets: the files.
    """
    if heads.is_empty():
        return {}
    mine = records.filter(pl.col("file_no").is_in(heads["file_no"].implode()))
    typed = type_records(mine, type_statements(statements, rule), rule).records
    begins = heads.select("file_no", "line_no", pl.col("line_no").alias("table_no"))
    texts = [pl.col(name).fill_null("").str.replace_all(r"\s+", " ") for name in _SAME]
    listed = (
        typed.with_columns(
            pl.col("place").str.extract(r"(\d+)$").cast(pl.UInt32).alias("line_no"), *texts
        )
        .sort("line_no")
        .join_asof(
            begins.sort("line_no"),
            on="line_no",
            by="file_no",
            strategy="backward",
            check_sortedness=False,
        )
        .with_columns(pl.col("table_no").fill_null(0))
    )
    first = (
        pl.col("table_no")
        .min()
        .over("file_no", "booked_on", "amount", "currency", "balance_after", *_SAME)
    )
    twice = listed.filter(pl.col("table_no") > first)
    return _begun(twice, sheets, "this row stands in the table above as well")


def accounts_in(line: str, layout: BankLayout) -> set[str]:
    """The accounts that a line names as a layout finds them above its table; no blanks or marks."""
    patterns = (one for one in layout.preamble if "account" in re.compile(one).groupindex)
    found = (re.search(pattern, line) for pattern in patterns)
    return {re.sub(r"\W", "", one["account"]) for one in found if one and one["account"]}


def _begun(rows: pl.DataFrame, sheets: Sequence[Sheet], problem: str) -> dict[int, FileError]:
    """Refuse the files of these rows, each at the first of them."""
    names = {sheet.file_no: sheet.name for sheet in sheets}
    return {
        number: MalformedFile(f"{names[number]}: line {line}", problem, "export one table a file")
        for number, line in rows.group_by("file_no").agg(pl.min("line_no")).iter_rows()
    }
