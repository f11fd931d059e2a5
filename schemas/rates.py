"""Exchange rates: what one unit of a currency was worth in another on a day."""

import polars as pl

from schemas.money import RATE

EXCHANGE_RATE = pl.Schema(
    {
        "day": pl.Date(),
        "currency": pl.String(),
        "quote_currency": pl.String(),  # of the rate: so much of it is one unit of `currency`
        "rate": RATE,
        "source": pl.String(),  # who says so, such as "PTAX"
        "line_no": pl.Int32(),  # of rates.csv
    }
)
"""One row a rate of rates.csv."""
