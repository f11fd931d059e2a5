"""Movements: what enrichment looks at, read from the export of one snapshot."""

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


def movements(tables: Mapping[str, Path]) -> pl.DataFrame:
    """MOVEMENT, by account, day and id.

    Args:
        tables: a CSV file for each table of schemas.ledger.EXPORTS.
    """
    rows = read_table(
        tables,
        "transaction",
        *("transaction_id", "account_id", "booked_on", "amount", "currency", "description"),
        *("counterparty", "kind_code", "status", "file_sha256"),
    )
    facts = ("account_id", "owner", "account_name", "account_kind", "institution")
    accounts = read_table(tables, "account", *facts)
    files = read_table(tables, "file", "file_sha256", "format")
    return (
        rows.join(accounts, on="account_id", how="left")
        .join(files, on="file_sha256", how="left")
        .select(pl.col(name).cast(dtype) for name, dtype in MOVEMENT.items())
        .unique("transaction_id", keep="any")  # a twin by mistake is found by the marts' checks
        .sort("account_id", "booked_on", "transaction_id")
    )
