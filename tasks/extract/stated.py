"""The statements of a table: what stands above its rows and in its marker rows."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import polars as pl

from schemas.bank import BankLayout
from schemas.statement import STATEMENT_TEXT
from tasks.extract.source import frame
from tasks.extract.view import Kind, Sheet, View, filled

ONCE = ("starts", "ends", "opening", "closing")
_KEY = ["file_no", "account_text", "statement_currency"]
_Group = tuple[str | None, str | None]
_Search = Callable[[str], re.Match[str] | None]


def with_accounts(rows: pl.DataFrame, sheets: Sequence[Sheet], view: View) -> pl.DataFrame:
    """Add the account and the currency that columns name, `account_text` and `statement_currency`.

    A row without account belongs to the only account that the rows of its file name, unless the
    preamble or the name of the file names one.
    """
    account, currency = view.layout.account.column, view.layout.columns.currency
    named = rows.with_columns(
        account_text=filled(view.cell(account)),
        statement_currency=filled(pl.col("currency_text"))
        if view.has(currency)
        else pl.lit(None, dtype=pl.String),
    )
    if not view.has(account) or named["account_text"].null_count() == 0:
        return named
    elsewhere = [s.file_no for s in sheets if "account" in _stated(s, view.layout)]
    text = pl.col("account_text")
    is_one = (text.drop_nulls().n_unique() == 1).over("file_no")
    is_its = text.is_null() & is_one & ~pl.col("file_no").is_in(elsewhere)
    only = text.drop_nulls().first().over("file_no")
    return named.with_columns(account_text=pl.when(is_its).then(only).otherwise(text))


def statements_of(
    movements: pl.DataFrame, rows: pl.DataFrame, sheets: Sequence[Sheet], view: View
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the statements: one a file, or one an account and currency where columns name them.

    Balances and periods above the header belong to a statement only if it is alone; those in marker
    rows also if the row names account and currency.

    Args:
        movements: the rows that are movements.
        rows: all rows, with accounts.
        sheets: the files.
        view: the layout on these rows.
    """
    columns = {
        "account_text": view.layout.account.column,
        "statement_currency": view.layout.columns.currency,
    }
    there = [name for name, column in columns.items() if view.has(column)]
    groups: dict[int, list[_Group]] = {sheet.file_no: [] for sheet in sheets}
    if not there:
        numbered = movements.with_columns(statement_no=pl.lit(1, dtype=pl.UInt32))
    else:
        marks = rows.filter(pl.col("kind") >= Kind.MARKER).drop_nulls(there)
        told = [one.select("line_no", *_KEY) for one in (movements, marks) if one.height]
        both = pl.concat(told) if told else movements.select("line_no", *_KEY)
        if len(told) > 1:
            both = both.sort("file_no", "line_no")
        keys = both.select(_KEY).unique(maintain_order=True)
        number = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no")
        keys = keys.with_columns(statement_no=number)
        numbered = movements.join(
            keys, on=_KEY, how="left", nulls_equal=True, maintain_order="left"
        )
        for file_no, account, currency, _ in keys.iter_rows():
            groups[file_no].append((account, currency))
    marked = _marks(rows, view)
    lines = [
        line
        for sheet in sheets
        for line in _statement_lines(
            sheet,
            groups[sheet.file_no] or [(None, None)],
            view.layout,
            marked.get(sheet.file_no, []),
        )
    ]
    stated = {name: [line.get(name) for line in lines] for name in STATEMENT_TEXT.names()}
    return numbered, frame(stated, STATEMENT_TEXT)


def _statement_lines(
    sheet: Sheet, groups: Sequence[_Group], layout: BankLayout, marks: Sequence[Mapping[str, Any]]
) -> list[dict[str, object]]:
    """The statements of one file."""
    stated = _stated(sheet, layout)
    once = {f"{name}_text": text for name, text in stated.items() if name in ONCE}
    is_alone = len(groups) == 1
    of_group: dict[_Group, list[Mapping[str, Any]]] = {}
    for mark in marks:
        of_group.setdefault((mark["account_text"], mark["statement_currency"]), []).append(mark)
    lines = []
    for number, (account, currency) in enumerate(groups, start=1):
        its = marks if is_alone else of_group.get((account, currency), [])
        line = {
            "file_no": sheet.file_no,
            "statement_no": number,
            "institution_text": layout.bank,
            "branch_text": stated.get("branch"),
            "account_text": account or stated.get("account"),
            "account_kind": layout.account.kind.value,
            "currency_text": currency or stated.get("currency") or layout.account.currency,
            "stated_on_text": stated.get("stated"),
        }
        lines.append(line | (once if is_alone else {}) | _edges(its, is_alone=is_alone))
    return lines


def _stated(sheet: Sheet, layout: BankLayout) -> dict[str, str]:
    """What the preamble and the name of the file say; the first pattern that says it counts.

    A program that saves a table again puts quotes around cells or takes them away, and gives every
    line as many cells: where no line fits as printed, it counts what fits without them.
    """
    searches, of_name = _searches(layout.preamble, layout.file_name)
    table = layout.table
    bare = [line.replace(table.quote, "").rstrip(f"{table.delimiter} ") for line in sheet.preamble]
    found: list[re.Match[str]] = []
    for search in searches:
        its = [match for line in sheet.preamble if (match := search(line))]
        found += its or [match for line in bare if (match := search(line))]
    if of_name and (match := of_name(PurePath(sheet.printed_name).name)):
        found.append(match)
    stated: dict[str, str] = {}
    for match in found:
        for name, value in match.groupdict().items():
            if value:
                stated.setdefault(name, value.strip())
    return stated


def stands_above(line: str, layout: BankLayout) -> bool:
    """Whether a line states what a layout finds above its table alone."""
    searches, _ = _searches(layout.preamble, None)
    return any(search(line) for search in searches)


@lru_cache(maxsize=256)
def _searches(
    preamble: tuple[str, ...], file_name: str | None
) -> tuple[list[_Search], _Search | None]:
    """The patterns of a layout, ready to be looked for in a line."""
    of_name = None if file_name is None else re.compile(file_name).search
    return [re.compile(pattern).search for pattern in preamble], of_name


def _marks(rows: pl.DataFrame, view: View) -> dict[int, list[dict[str, Any]]]:
    """By file, the rows that state a balance, and the lines of the movements around them."""
    markers = view.layout.rows.markers
    if not markers or rows.is_empty():
        return {}
    states = {Kind.MARKER.value + number: marker.states for number, marker in enumerate(markers)}
    marks = rows.filter(pl.col("kind") >= Kind.MARKER).select(
        *_KEY,
        "line_no",
        pl.col("kind").replace_strict(states, return_dtype=pl.String).alias("states"),
        _balance(view).alias("text"),
        pl.when(pl.col("booked_text").str.contains(r"\d")).then("booked_text").alias("on_text"),
    )
    lines, movements = pl.col("line_no"), rows.filter(pl.col("kind") <= Kind.BROKEN)
    of_file = movements.group_by("file_no").agg(
        lines.min().alias("first"), lines.max().alias("last")
    )
    of_statement = movements.group_by(_KEY).agg(
        lines.min().alias("own_first"), lines.max().alias("own_last")
    )
    marks = (
        marks.drop_nulls("text")
        .join(of_file, on="file_no", how="left", maintain_order="left")
        .join(of_statement, on=_KEY, how="left", nulls_equal=True, maintain_order="left")
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for mark in marks.iter_rows(named=True):
        found.setdefault(mark["file_no"], []).append(mark)
    return found


def export_days(sheets: Sequence[Sheet], layout: BankLayout) -> dict[int, date]:
    """By file, the day of its export, where what stands above the header states it."""
    days = {}
    for sheet in sheets:
        text = _stated(sheet, layout).get("stated", "")
        for pattern in layout.conventions.date_formats:
            with suppress(ValueError):
                days[sheet.file_no] = datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a civil day
    return days


def _balance(view: View) -> pl.Expr:
    """The balance that a marker row states, signed, whichever column holds it."""
    rule = view.layout.conventions
    amount, credit, debit = (
        filled(pl.col(f"{name}_text")) for name in ("amount", "credit", "debit")
    )
    if rule.sign in {"marked", "suffixed"}:
        is_debit = pl.col("mark_text").str.strip_chars().is_in([m for m in rule.debit_marks if m])
        is_plain = ~amount.str.contains("^[+-]")
        amount = pl.when(is_debit & is_plain).then("-" + amount).otherwise(amount)
    debit = "-" + debit.str.strip_chars_start("-")
    if rule.sign == "inverted":  # what a card owes is printed without a minus
        is_debt = ~amount.str.contains("^-")
        amount = pl.when(is_debt).then("-" + amount).otherwise(amount.str.strip_chars_start("-"))
    return pl.coalesce(filled(pl.col("balance_text")), amount, credit, debit)


def _edges(marks: Sequence[Mapping[str, Any]], *, is_alone: bool) -> dict[str, str]:
    """The balances of a statement that stand above or below all of its movements, with their days.

    A running balance closes the statement where the opening balance stands above all movements and
    the running balance below them; in any other order it says nothing about the end.
    """
    if not marks:
        return {}
    first, last = ("first", "last") if is_alone else ("own_first", "own_last")
    above = [mark for mark in marks if mark[first] is None or mark["line_no"] < mark[first]]
    below = [mark for mark in marks if mark[last] is None or mark["line_no"] > mark[last]]
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
