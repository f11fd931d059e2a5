"""A refund belongs to the category of its purchase, in the month of the refund."""

import polars as pl

from schemas.enrichment import FlowClass
from schemas.phrase import phrase

_SAME = ("owner", "vendor_key", "currency")
_TAKEN = ("path", "source", "because", "score", "runner_up")


def as_its_purchase(rows: pl.DataFrame) -> pl.DataFrame:
    """Let refunds take what was decided of the purchase that they give back.

    It is the last one before the refund of the same amount at the same vendor, else the last of
    any amount. A word of a person about the refund itself stays; so does what was decided of a
    refund whose purchase is not known.

    Args:
        rows: MOVEMENT with vendor_key, flow_class, size, of_this and what was decided: path,
            source, because, score, runner_up.
    """
    is_refund = (pl.col("flow_class") == FlowClass.REFUND.value) & pl.col("of_this").is_null()
    wanting = rows.filter(is_refund & pl.col("vendor_key").is_not_null())
    bought = rows.filter(pl.col("flow_class") == FlowClass.EXPENSE.value).join(
        wanting.select(_SAME).unique(), on=list(_SAME), how="semi"
    )
    exact = _last_before(wanting, bought, [*_SAME, "size"])
    any_ = _last_before(wanting, bought, list(_SAME))
    origin = (
        pl.concat([exact, any_])
        .unique("transaction_id", keep="first", maintain_order=True)
        .rename({name: f"_{name}" for name in _TAKEN})
    )
    has = pl.col("_bought").is_not_null()
    return (
        rows.join(origin, on="transaction_id", how="left", maintain_order="left")
        .with_columns(
            *(
                pl.when(has).then(pl.col(f"_{name}")).otherwise(pl.col(name)).alias(name)
                for name in _TAKEN
                if name != "because"
            ),
            pl.when(has & pl.col("_because").is_not_null())
            .then(phrase("as its purchase {}: {}", "_bought", "_because"))
            .otherwise(pl.when(~has.fill_null(value=False)).then(pl.col("because")))
            .alias("because"),
        )
        .drop("_bought", *(f"_{name}" for name in _TAKEN))
    )


def _last_before(wanting: pl.DataFrame, bought: pl.DataFrame, same: list[str]) -> pl.DataFrame:
    """transaction_id of refunds with `_bought` and what was decided of that purchase."""
    day = "booked_on"
    lasts = (
        bought.sort(day, "transaction_id")
        .unique([*same, day], keep="last", maintain_order=True)
        .select(*same, day, pl.col("transaction_id").str.head(8).alias("_bought"), *_TAKEN)
    )
    return (
        wanting.select("transaction_id", *same, day)
        .sort(day, "transaction_id")
        .join_asof(lasts, on=day, by=same, strategy="backward", check_sortedness=False)
        .filter(pl.col("_bought").is_not_null())
        .select("transaction_id", "_bought", *_TAKEN)
    )
