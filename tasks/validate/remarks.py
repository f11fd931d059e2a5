"""Remarks: what is odd, is loaded all the same, and should not go unseen."""

import polars as pl

from schemas.findings import FINDING, Code
from schemas.money import DECIMAL_PLACES, PLACELESS, PRINTED
from schemas.phrase import phrase

_USUAL_PLACES = 2


def remarks(
    transactions: pl.DataFrame, statements: pl.DataFrame, files: pl.DataFrame
) -> pl.DataFrame:
    """FINDING rows that set nothing aside: odd amounts, and accounts that nobody names.

    Args:
        transactions: TYPED rows that passed validation.
        statements: STATEMENT.
        files: FILE.
    """
    return pl.concat([odd_amounts(transactions), unnamed_accounts(statements, files)])


def odd_amounts(transactions: pl.DataFrame) -> pl.DataFrame:
    """Remarks about amounts: of zero, or with more decimals than their currency has."""
    return pl.concat([zero_amounts(transactions), finer_amounts(transactions)])


def finer_amounts(transactions: pl.DataFrame) -> pl.DataFrame:
    """One remark for each amount with decimals that its currency does not have; it stays exact."""
    currency, amount = pl.col("currency"), pl.col("amount")
    places = currency.replace_strict(DECIMAL_PLACES, default=_USUAL_PLACES, return_dtype=pl.UInt8)
    is_finer = pl.any_horizontal(
        (places == number) & (amount.cast(pl.Decimal(38, number)).cast(PRINTED) != amount)
        for number in {_USUAL_PLACES, *DECIMAL_PLACES.values()}
    )
    finer = transactions.filter(is_finer & ~currency.is_in(PLACELESS)).with_columns(
        pl.lit(Code.AMOUNT_FINER.value).alias("code"),
        phrase(
            "the amount has more decimals than {}, which has {}; it is kept as printed",
            currency,
            places,
        ).alias("message"),
        pl.lit("compare amount and currency with the bank").alias("remedy"),
    )
    return _remarked(finer)


def zero_amounts(transactions: pl.DataFrame) -> pl.DataFrame:
    """One remark for each amount of zero."""
    zeros = transactions.filter(pl.col("amount") == 0).with_columns(
        pl.lit(Code.ZERO_AMOUNT.value).alias("code"),
        pl.lit("the bank booked an amount of zero").alias("message"),
        pl.lit("compare it with the bank; a foreign purchase may lack its amount").alias("remedy"),
    )
    return _remarked(zeros)


def unnamed_accounts(statements: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """One remark for each statement whose account neither the file nor a folder names."""
    unnamed = (
        statements.join(files.select("file_no", "account_name"), on="file_no", how="left")
        .filter(pl.col("account_ref").is_null() & pl.col("account_name").is_null())
        .with_columns(
            pl.lit(None, dtype=pl.UInt32).alias("record_no"),
            phrase("statement {}", "statement_no").alias("place"),
            pl.lit(Code.ACCOUNT_UNNAMED.value).alias("code"),
            pl.lit("neither the file nor a folder names the account").alias("message"),
            pl.lit("drop it into data/inbox/<owner>/<account>/ from now on").alias("remedy"),
            pl.lit("").alias("raw_text"),
        )
    )
    return _remarked(unnamed)


def _remarked(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit(value=False).alias("is_set_aside")).select(
        pl.col(name).cast(dtype) for name, dtype in FINDING.items()
    )
