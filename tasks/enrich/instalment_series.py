"""Instalments of one purchase: k of N of one store, of one amount, a month apart or of one day.

Banks date an instalment in two ways: by the day of the purchase (then all of them bear one day), or
by the cycle of its bill (then the k-th lies k - 1 months after the first). Two purchases that are
equal in everything but their number on one bill are two.
"""

import polars as pl

from schemas.enrichment import PURCHASE
from schemas.identity import digest

_SEPARATOR = "\x1f"
_PURCHASE = ["account_id", "store", "instalment_count", "start"]


def purchases(movements: pl.DataFrame) -> pl.DataFrame:
    """Give the instalments of one purchase one id.

    Amounts may differ by a cent an instalment, since the rest of a division goes to one of them.

    Args:
        movements: transaction_id, account_id, booked_on, amount, store (vendor or cleaned text),
            instalment_no and instalment_count, of all movements; those without a count fall away.

    Returns:
        PURCHASE, by transaction_id.
    """
    rows = movements.filter(
        pl.col("instalment_count").is_not_null() & (pl.col("amount") < 0)
    ).with_columns(pl.col("store").fill_null(""), pl.col("amount").abs())
    same = ["account_id", "store", "instalment_count"]
    number = pl.col("instalment_no")
    is_of_one_day = number.n_unique().over(*same, "booked_on") > 1
    month = pl.col("booked_on").dt.year() * 12 + pl.col("booked_on").dt.month() - 1
    start = (
        pl.when(is_of_one_day)
        .then(pl.format("day {}", pl.col("booked_on").dt.to_string("%Y-%m-%d")))
        .otherwise(pl.format("month {}", month - (number - 1)))
    )
    step = pl.col("amount") - pl.col("amount").shift().over(_PURCHASE)
    is_other = step > pl.col("instalment_count").cast(pl.Decimal(19, 4)) / 100
    told = (
        rows.with_columns(start.alias("start"))
        .sort(*_PURCHASE, "amount", "instalment_no", "booked_on", "transaction_id")
        .with_columns(is_other.fill_null(value=False).cast(pl.Int32).alias("is_other"))
        .with_columns(pl.col("is_other").cum_sum().over(_PURCHASE).alias("size"))
        .with_columns(
            pl.int_range(pl.len()).over(*_PURCHASE, "size", "instalment_no").alias("twin")
        )
    )
    keys = told.select(
        pl.concat_str(
            pl.lit("purchase"),
            "account_id",
            "store",
            *(pl.col(name).cast(pl.String) for name in ("instalment_count", "start", "size")),
            pl.col("twin").cast(pl.String),
            separator=_SEPARATOR,
        ).alias("key")
    ).get_column("key")
    ids = pl.Series("purchase_id", [digest(key) for key in keys], pl.String)
    return told.with_columns(ids).select(PURCHASE.names()).sort("transaction_id")
