"""Instalments of one purchase: k of N of one store, of one amount, a month apart or of one day.

Banks date an instalment in two ways: by the day of the purchase (then all of them bear one day), or
by the cycle of its bill (then the k-th lies k - 1 months after the first, give or take some days
for weekends and short months); some date the first by the purchase and the others by the cycle. So
where it is known which bill an instalment is on, that counts and its day does not: the k-th is on
the k-th bill. Two purchases that are equal in everything but their number on one bill are two.
"""

import polars as pl

from schemas.enrichment import PURCHASE
from schemas.identity import digest
from schemas.money import MONEY
from schemas.phrase import phrase

_SEPARATOR = "\x1f"
_STORE = ["account_id", "store", "instalment_count"]
_SIZE = [*_STORE, "size"]
_WAY = [*_SIZE, "is_of_one_day", "is_billed"]
_PURCHASE = [*_WAY, "series"]
_NEAR_DAYS = 6
"""Days by which the start that two instalments tell of one purchase may differ."""


def purchases(movements: pl.DataFrame) -> pl.DataFrame:
    """Give the instalments of one purchase one id.

    Amounts may differ by a cent an instalment, since the rest of a division goes to one of them.

    Args:
        movements: transaction_id, account_id, booked_on, amount, store (vendor or cleaned text),
            instalment_no, instalment_count, and due_on of the bill where it is known, of all
            movements; those without a count fall away.

    Returns:
        PURCHASE, by transaction_id.
    """
    rows = movements.filter(
        pl.col("instalment_count").is_not_null() & (pl.col("amount") < 0)
    ).with_columns(pl.col("store").fill_null(""), pl.col("amount").abs())
    number = pl.col("instalment_no")
    cents = pl.col("instalment_count").cast(MONEY) / 100
    sized = rows.sort(*_STORE, "amount", "transaction_id").with_columns(
        _steps(pl.col("amount") - pl.col("amount").shift().over(_STORE) > cents, _STORE, "size")
    )
    is_billed = pl.col("due_on").is_not_null()
    is_of_one_day = ~is_billed & (number.n_unique().over(*_SIZE, "booked_on", is_billed) > 1)
    told_on = pl.coalesce("due_on", "booked_on")
    first_on = (
        pl.when(is_of_one_day)
        .then(told_on)
        .otherwise(told_on.dt.offset_by(phrase("-{}mo", number - 1)))
    )
    near = pl.when(pl.col("is_of_one_day")).then(0).otherwise(_NEAR_DAYS)
    since = pl.col("first_on") - pl.col("first_on").shift().over(_WAY)
    told = (
        sized.with_columns(
            is_of_one_day.alias("is_of_one_day"),
            is_billed.alias("is_billed"),
            first_on.alias("first_on"),
        )
        .sort(*_WAY, "first_on", "transaction_id")
        .with_columns(_steps(since.dt.total_days() > near, _WAY, "series"))
        .sort(*_PURCHASE, "instalment_no", "booked_on", "transaction_id")
        .with_columns(
            pl.int_range(pl.len()).over(*_PURCHASE, "instalment_no").alias("twin"),
            pl.col("first_on").min().over(_PURCHASE).alias("starts_on"),
            pl.col("amount").min().over(_PURCHASE).alias("least_amount"),
        )
    )
    parts = (*_STORE, "starts_on", "least_amount", "is_of_one_day", "twin")
    keys = told.select(
        pl.concat_str(
            pl.lit("purchase"),
            *(pl.col(name).cast(pl.String) for name in parts),
            separator=_SEPARATOR,
        ).alias("key")
    ).get_column("key")
    ids = pl.Series("purchase_id", [digest(key) for key in keys], pl.String)
    return told.with_columns(ids).select(PURCHASE.names()).sort("transaction_id")


def _steps(is_other: pl.Expr, group: list[str], name: str) -> pl.Expr:
    """Number the runs of a sorted group: each row that is other than the one before begins one."""
    return is_other.fill_null(value=False).cast(pl.Int32).cum_sum().over(group).alias(name)
