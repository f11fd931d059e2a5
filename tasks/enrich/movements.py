"""What enrichment reads of an export: all movements, and tables of the ledger and of persons."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from schemas.enrichment import MOVEMENT
from schemas.ledger import EXPORTS
from schemas.words import WORDS


def read_table(tables: Mapping[str, Path], name: str, *columns: str) -> pl.DataFrame:
    """Columns of one table of the export; an empty text is null, as a missing one is."""
    schema = (EXPORTS | WORDS)[name]
    read = {column: dtype if column in columns else pl.String() for column, dtype in schema.items()}
    return pl.scan_csv(tables[name], schema=read).select(columns).collect()


def movements(path: Path) -> pl.DataFrame:
    """MOVEMENT, by account, day and id.

    Args:
        path: the Parquet file that comes with the export.
    """
    return (
        pl.read_parquet(path)
        .select(pl.col(name).cast(dtype) for name, dtype in MOVEMENT.items())
        .unique("transaction_id", keep="any")  # a twin by mistake is found by the marts' checks
        .sort("account_id", "booked_on", "transaction_id")
    )
