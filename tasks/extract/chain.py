"""Proof by running balances, for tables whose header anybody may use."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schemas.errors import FileError, MalformedFile
from schemas.statement import STATEMENT_TEXT, Convention
from tasks.extract import words
from tasks.extract.texts import as_printed
from tasks.extract.typed import type_records, type_statements
from tasks.extract.view import Sheet

_KEY = ["file_no", "statement_no"]
_WAYS = {"in": 1, "out": -1}
_VOTERS = 500


def unproven(
    records: pl.DataFrame, statements: pl.DataFrame, rule: Convention, sheets: Sequence[Sheet]
) -> dict[int, FileError]:
    """The files whose running balances do not follow from their amounts, forwards or backwards.

    Two rows at least must chain in each statement: one row proves nothing. Neither do rows that
    would chain as well if each amount meant its opposite. Words may object: the balance of a card
    may be a debt printed as positive, and then purchases seem to pay in. What comes first in time
    follows from nothing, so it may not say that it was declined, or that it is a balance.

    Args:
        records: RECORD.
        statements: STATEMENT_TEXT.
        rule: how these files write dates, numbers and signs.
        sheets: the files.
    """
    typed = type_records(records, type_statements(statements, rule), rule).records
    amount, balance, day = pl.col("amount"), pl.col("balance_after"), pl.col("booked_on")
    chained = (
        typed.sort("file_no", "record_no")
        .group_by(_KEY, maintain_order=True)
        .agg(
            (pl.len() > 1).alias("is_long"),
            balance.is_not_null().all().alias("is_whole"),
            _chains(amount, balance, day).alias("is_chained"),
            _chains(-amount, balance, day).alias("is_chained_inverted"),
            *_ends(balance),
        )
        .filter("is_long", "is_whole", "is_chained", ~pl.col("is_chained_inverted"))
    )
    wanted = records.select(_KEY).unique()
    bad = set(wanted.join(chained, on=_KEY, how="anti")["file_no"])
    bad |= {row["file_no"] for row in chained.iter_rows(named=True) if _is_none(row)}
    votes = _votes(typed)
    for one in sheets:
        needed = 1 if _speaks_of_debt(one) else 0
        if votes.get(one.file_no, 0) < needed:
            bad.add(one.file_no)
    return {sheet.file_no: _refusal(sheet.name) for sheet in sheets if sheet.file_no in bad}


def _ends(balance: pl.Expr) -> list[pl.Expr]:
    """Text, amount and balance of the row that comes first in time, or in a file of one day."""
    day = pl.col("booked_on")
    is_last = day.last() < day.first()
    return [
        pl.when(is_last).then(value.last()).otherwise(value.first()).alias(f"first_{name}")
        for name, value in {
            "text": pl.col("description").fill_null(""),
            "amount": pl.col("amount"),
            "balance": balance,
        }.items()
    ]


def _is_none(statement: Mapping[str, Any]) -> bool:
    """The row that comes first says that it moved nothing."""
    text, amount = statement["first_text"], statement["first_amount"]
    is_balance = words.names_balance(text) and amount in (0, statement["first_balance"])
    return words.names_unbooked(text) or is_balance


def _votes(typed: pl.DataFrame) -> dict[int, int]:
    """By file, in how many more rows the money goes the way of their texts than the other way.

    The first rows of a long file speak for all of it.
    """
    rows = typed.sort("file_no", "record_no").group_by("file_no").head(_VOTERS)
    if rows.is_empty():
        return {}
    texts = rows["description"].drop_nulls().unique()
    ways = {text: _WAYS.get(words.way_of(text), 0) for text in texts}
    way = pl.col("description").replace_strict(ways, default=0, return_dtype=pl.Int64)
    vote = way * pl.col("amount").sign().cast(pl.Int64)
    return dict(rows.group_by("file_no").agg(vote.sum()).iter_rows())


def _speaks_of_debt(sheet: Sheet) -> bool:
    """A card or a loan: only its texts can tell that its balance is not printed as a debt."""
    return any(map(words.names_debt, (*sheet.preamble, sheet.printed_name)))


def _chains(amount: pl.Expr, balance: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The balances follow from the amounts in the order of the file that its days allow."""
    step = balance.diff()
    forwards = (step == amount) & (day >= day.shift(1))
    backwards = (-step == amount.shift(1)) & (day <= day.shift(1))
    return forwards.all() | backwards.all()


def with_day_edges(
    records: pl.DataFrame, statements: pl.DataFrame, rule: Convention
) -> pl.DataFrame:
    """State opening and closing balance where each row repeats the balance at the end of its day.

    The balance of the last day closes the statement; that of the first day, less what the day
    moved, opens it. In a statement of one day that would prove nothing, so it has no opening.

    Args:
        records: RECORD, with the balance of the day as the balance of the row.
        statements: STATEMENT_TEXT.
        rule: how these files write dates, numbers and signs.
    """
    typed = type_records(records, type_statements(statements, rule), rule)
    unread = typed.findings.filter("is_set_aside").select(_KEY).unique()
    days = (
        typed.records.join(unread, on=_KEY, how="anti")
        .group_by(*_KEY, "booked_on")
        .agg(pl.col("amount").sum(), pl.col("balance_after").last())
        .sort(*_KEY, "booked_on")
    )
    opening, day = pl.col("balance_after") - pl.col("amount"), pl.col("booked_on")
    edges = days.group_by(_KEY).agg(
        pl.when(pl.len() > 1)
        .then(as_printed(opening.first(), rule.decimal_mark))
        .alias("_opening"),
        as_printed(pl.col("balance_after").last(), rule.decimal_mark).alias("_closing"),
        pl.when(pl.col("balance_after").last().is_not_null())
        .then(day.last().dt.strftime(rule.date_formats[0]))
        .alias("_closing_on"),
    )
    return (
        statements.join(edges, on=_KEY, how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("opening_text", "_opening").alias("opening_text"),
            pl.coalesce("closing_text", "_closing").alias("closing_text"),
            pl.coalesce("closing_on_text", "_closing_on").alias("closing_on_text"),
        )
        .select(STATEMENT_TEXT.names())
    )


def _refusal(name: str) -> FileError:
    return MalformedFile(
        name,
        "many programs write such a header, and the running balances of this file do not prove"
        " what its amounts mean",
        "export two rows or more with their balances; or add a layout for the bank that wrote it",
    )
