"""Charges that come again and again: at least three, of about one amount, in a steady rhythm.

One vendor may charge several amounts (three children at one school): amounts within a tenth of each
other are one charge, others are another. Where such charges have no rhythm together, they may be
two of about one amount, and each exact amount is looked at by itself. The rhythm is the median of
the days between two charges.
"""

from collections.abc import Iterator

import polars as pl

from schemas.enrichment import CHARGE, RECURRING
from schemas.identity import digest
from schemas.money import MONEY
from tasks.enrich.due_days import next_due

LEAST_CHARGES = 3
RHYTHMS = {"weekly": (6, 8), "monthly": (28, 33), "quarterly": (88, 94), "yearly": (360, 370)}
"""The days between two charges, from and to."""

_SEPARATOR = "\x1f"
_VENDOR = ["owner", "vendor_key", "account_id", "currency"]
_SERIES = ["cluster", "alike"]
"""Charges of about one amount; `alike` is null, or their one exact amount."""


def recurring(movements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find the charges that come again and again.

    Args:
        movements: booked movements with transaction_id, owner, account_id, booked_on, amount,
            currency, flow_class, vendor_key, vendor (its name), category_key, instalment_no.

    Returns:
        RECURRING, by owner, name, account and amount; and CHARGE, by transaction_id.
    """
    spent = movements.filter(
        pl.col("vendor_key").is_not_null()
        & pl.col("instalment_no").is_null()
        & pl.col("flow_class").is_in(["expense", "fee_interest"])
        & (pl.col("amount") < 0)
    ).select("transaction_id", *_VENDOR, "vendor", "booked_on", "category_key", "amount")
    rows = spent.with_columns(pl.col("amount").abs()).sort(
        *_VENDOR, "amount", "booked_on", "transaction_id"
    )
    near = rows.with_columns(
        pl.Series("cluster", list(_clusters(rows)), pl.Int64), pl.lit(None, MONEY).alias("alike")
    )
    together = _in_rhythm(near)
    apart = near.join(together, on="cluster", how="anti")
    each = _in_rhythm(apart.with_columns(pl.col("amount").alias("alike")))
    kept = pl.concat([together, each])
    found = _summed_up(kept)
    told = kept.join(found, on=_SERIES, nulls_equal=True).select(CHARGE.names())
    table = found.select(pl.col(name).cast(dtype) for name, dtype in RECURRING.items())
    return (
        table.sort("owner", "name", "account_id", "currency", "least_amount"),
        told.sort("transaction_id"),
    )


def _clusters(rows: pl.DataFrame) -> Iterator[int]:
    """Number the runs of about one amount; rows are sorted by vendor and amount."""
    number, least = -1, 0
    vendors = rows.select(pl.struct(_VENDOR).rle_id()).to_series()
    units = rows.get_column("amount") * 10_000  # whole numbers: the loop is long
    last = None
    for vendor, unit in zip(vendors, units.cast(pl.Int128), strict=True):
        if vendor != last or unit * 10 > least * 11:
            number, least, last = number + 1, unit, vendor
        yield number


def _in_rhythm(rows: pl.DataFrame) -> pl.DataFrame:
    """Those rows whose series keeps a rhythm, with its `cycle` and `gap_days`; by series and day.

    Most of the gaps must keep to the cycle: a median alone would make a rhythm of chance.
    """
    series = (
        rows.filter(pl.len().over(_SERIES) >= LEAST_CHARGES)
        .sort(*_SERIES, "booked_on", "transaction_id")
        .with_columns(pl.col("booked_on").diff().over(_SERIES).dt.total_days().alias("gap"))
    )
    gap = pl.col("gap").drop_nulls()
    told = series.group_by(_SERIES).agg(
        (pl.len() - 1).alias("gaps"),
        gap.sort().get((pl.len() - 1) // 2).alias("gap_days"),  # the upper one of two medians
        *(gap.is_between(*of).sum().alias(cycle) for cycle, of in RHYTHMS.items()),
    )
    steady = told.with_columns(
        pl.coalesce(
            pl.when(
                pl.col("gap_days").is_between(*of) & (pl.col(cycle) * 4 >= pl.col("gaps") * 3)
            ).then(pl.lit(cycle))
            for cycle, of in RHYTHMS.items()
        ).alias("cycle")
    ).filter(pl.col("cycle").is_not_null())
    return series.drop("gap").join(
        steady.select(*_SERIES, "cycle", "gap_days"),
        on=_SERIES,
        nulls_equal=True,
        maintain_order="left",
    )


def _summed_up(rows: pl.DataFrame) -> pl.DataFrame:
    """RECURRING of each series, with its numbers."""
    found = rows.group_by(_SERIES, maintain_order=True).agg(
        *(pl.col(name).first() for name in (*_VENDOR, "cycle", "gap_days")),
        pl.col("vendor").first().alias("name"),
        pl.col("amount").last(),
        pl.col("amount").min().alias("least_amount"),
        pl.col("amount").max().alias("most_amount"),
        pl.len().alias("charge_count"),
        pl.col("booked_on").first().alias("first_on"),
        pl.col("booked_on").last().alias("last_on"),
        pl.col("category_key").last(),
    )
    parts = found.select(*_VENDOR, pl.col("least_amount").cast(pl.String)).rows()
    lasts = found.select("last_on", "cycle").rows()
    return found.with_columns(
        pl.Series(
            "recurring_key",
            [digest(_SEPARATOR.join(("recurring", *part))) for part in parts],
            pl.String,
        ),
        pl.Series("next_on", [next_due(on, cycle, on) for on, cycle in lasts], pl.Date),
    )
