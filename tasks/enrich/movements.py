"""What enrichment reads of an export: all movements, and tables of the ledger and of persons."""

from collections.abc import Mapping, Sequence
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


def packs(path: Path, most: int) -> list[list[str | None]]:
    """Owners with movements, so many together as have at most so many movements, at least one.

    Args:
        path: the Parquet file that comes with the export.
        most: movements in a pack of several owners.
    """
    counts = pl.scan_parquet(path).group_by("owner").len().sort("owner").collect()
    made: list[list[str | None]] = []
    room = 0
    for owner, count in counts.iter_rows():
        if not made or count > room:
            made.append([])
            room = most
        made[-1].append(owner)
        room -= count
    return made


def movements(path: Path, owners: Sequence[str | None]) -> pl.DataFrame:
    """MOVEMENT of some owners, by account, day and id.

    Args:
        path: the Parquet file that comes with the export.
        owners: whose; null for those of an account that nobody knows.
    """
    return (
        pl.scan_parquet(path)
        .filter(pl.col("owner").is_in(owners, nulls_equal=True))
        .collect()
        .select(pl.col(name).cast(dtype) for name, dtype in MOVEMENT.items())
        .unique("transaction_id", keep="any")  # a twin by mistake is found by the marts' checks
        .sort("account_id", "booked_on", "transaction_id")
    )
