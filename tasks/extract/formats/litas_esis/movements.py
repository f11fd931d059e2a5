"""The movements of many LITAS-ESIS files, records 010, cut into cells at once."""

import polars as pl

from schemas.money import DECIMAL_PLACES
from schemas.phrase import phrase
from tasks.extract.formats.litas_esis.cells import money, named
from tasks.extract.lines import or_printed, place, settled

_REMEDY = "compare it with the statement on paper; ask the bank for a new export"
_MOVEMENT = {
    "kind_code": 2,
    "booked_text": 3,
    "printed": 5,
    "mark": 7,
    "original": 8,
    "original_currency": 9,
    "document": 10,
    "operation": 11,
    "payment_code": 13,
    "details": 14,
    "counterparty": 18,
}


def movements(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut records 010 out of lines that know their code, cells and statement.

    Returns:
        RECORD, and FINDING.
    """
    heads = lines.filter(pl.col("code") == "010").with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no").alias("record_no")
    )
    rows = named(heads, _MOVEMENT).with_columns(pl.col("mark").str.to_uppercase())
    rows = rows.with_columns(
        place(),
        money(pl.col("printed"), pl.col("mark") == "D").alias("amount_text"),
        pl.when(~pl.col("original_currency").is_in(list(DECIMAL_PLACES)))
        .then(or_printed(money(pl.col("original")), pl.col("original")))
        .alias("original_amount_text"),
        pl.coalesce("operation", "document").alias("bank_ref"),
        pl.concat_str("details", "payment_code", separator=" ", ignore_nulls=True).alias(
            "description"
        ),
        pl.col("text").alias("raw_text"),
    )
    return settled(rows.with_columns(_complaint().alias("message")), _REMEDY)


def _complaint() -> pl.Expr:
    """What is wrong with the money of a movement, or null."""
    is_marked = pl.col("mark").is_in(["C", "D"]).fill_null(value=False)
    return (
        pl.when(pl.col("amount_text").is_null())
        .then(_said('cell 5 holds "{}", which is not a whole number of cents', "printed"))
        .when(~is_marked)
        .then(_said('cell 7 holds "{}", not C (into the account) or D (out of it)', "mark"))
    )


def _said(sentence: str, column: str) -> pl.Expr:
    return phrase(sentence, pl.col(column).fill_null(""))
