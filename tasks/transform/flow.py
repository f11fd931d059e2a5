"""Flow class: what a movement does to the owner's money, as far as sign and bank code carry it."""

import polars as pl

_FEES = ("FEE", "SRVCHG", "INT")


def flow_class() -> pl.Expr:
    """income, expense, fee_interest, or other for a zero amount.

    The bank's own code says fee or interest (OFX 2.1.1 section 11.4.4.3); the sign says the rest.
    """
    amount = pl.col("amount")
    return (
        pl.when(pl.col("kind_code").str.to_uppercase().is_in(_FEES))
        .then(pl.lit("fee_interest"))
        .when(amount > 0)
        .then(pl.lit("income"))
        .when(amount < 0)
        .then(pl.lit("expense"))
        .otherwise(pl.lit("other"))
    )
