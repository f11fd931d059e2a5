"""Movements: the rows of a batch into `transaction` and `entry`, by COPY and without a detour.

    held day    a day of an account of which the ledger has a transaction already
    known       transactions of held days that are the same by their id: nearly always few
    the rest    is new, and is copied straight into `transaction`
    entries     are all new, because earlier readings of their files have been retracted

An id is a digest of account and day among others, so what is told of a day that is not held is new,
and nobody looks for it. A staging table for everything, and a merge from it, would write all rows
twice. One run loads at a time, so nothing comes in between; a primary key would refuse it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from warehouse.ledger import merges
from warehouse.ledger.staging import copy_into, fetch, stage

_ENTRY = (
    "file_id",
    "record_no",
    "statement_no",
    "transaction_id",
    "place",
    "status",
    "valued_on",
    "description",
    "counterparty",
    "bank_ref",
    "kind_code",
    "balance_after",
    "original_amount",
    "original_currency",
    "exchange_rate",
    "raw_text",
)
_TRANSACTION = (
    "transaction_id",
    "account_id",
    "booked_on",
    "amount",
    "currency",
    "text_key",
    "ref_key",
    "occurrence",
    "status",
    "file_id",
    "record_no",
)
_BEST = ["status", "source_rank", "sha256", "record_no"]
"""The order in which one entry of a transaction is better than another."""
_DAY = ["account_id", "booked_on"]
_DAYS = pl.Schema({"account_id": pl.String(), "booked_on": pl.Date()})
_SOURCES = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "file_id": pl.Int64(),
        "sha256": pl.String(),
        "source_rank": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Rows:
    """ENTRY, DETAIL and FINDING rows: as much of a batch as is in memory at once."""

    entries: pl.DataFrame
    details: pl.DataFrame
    findings: pl.DataFrame


@dataclass(frozen=True)
class Ground:
    """What the ledger holds before the rows of a batch come.

    Attributes:
        sources: file_no, file_id, sha256 and source_rank of the files of the batch.
        contested: account_id and booked_on of the days that several statements cover.
        known_from: UTC instant from which the ledger knows what is new.
    """

    sources: pl.DataFrame
    contested: pl.DataFrame
    known_from: datetime


def ground(connection: sa.Connection, known_from: datetime) -> Ground:
    """The ground of a batch whose files and statements are in the ledger."""
    sources = fetch(connection, merges.FILES_OF_BATCH, _SOURCES)
    contested = fetch(connection, merges.CONTESTED, _DAYS)
    return Ground(sources, contested, known_from)


def merge(connection: sa.Connection, on: Ground, rows: Rows) -> Mapping[str, int]:
    """Merge entries with their details; answer with the number of new transactions by sha256.

    The best entry of each transaction among these rows is taken, and measured against the one that
    the ledger has, which may be of the rows before.
    """
    entries = rows.entries.join(on.sources, on="file_no", how="left", maintain_order="left")
    best = _best(entries)
    known = _known(connection, best)
    is_known = pl.col("transaction_id").is_in(known.implode())
    _better(connection, on, best.filter(is_known))
    inserted = _insert(connection, on, best.filter(~is_known))
    copy_into(connection, "entry", entries.select(_ENTRY))
    if rows.details.height:
        connection.exec_driver_sql("DROP TABLE IF EXISTS pg_temp.staged_detail")
        stage(connection, "staged_detail", rows.details)
        connection.exec_driver_sql(merges.INSERT_DETAILS)
    return inserted


def _best(entries: pl.DataFrame) -> pl.DataFrame:
    """The best entry of each transaction; only narrow columns are sorted, and only if need be."""
    rows = entries.select(*_TRANSACTION, "source_rank", "sha256")
    if rows.get_column("transaction_id").n_unique() == rows.height:
        return rows
    order = entries.select(*_BEST, "transaction_id").with_row_index("at").sort(_BEST)
    at = order.unique("transaction_id", keep="first").get_column("at").sort()
    return rows[at]


def _known(connection: sa.Connection, best: pl.DataFrame) -> pl.Series:
    """The ids that the ledger has already."""
    held = fetch(connection, merges.HELD_DAYS, _DAYS)
    keys = best.join(held, on=_DAY, how="semi").select("transaction_id")
    if keys.is_empty():
        return keys.to_series()
    connection.exec_driver_sql("DROP TABLE IF EXISTS pg_temp.staged_key")
    stage(connection, "staged_key", keys)
    return fetch(connection, merges.KNOWN_KEYS, keys.schema).to_series()


def _better(connection: sa.Connection, on: Ground, known: pl.DataFrame) -> None:
    """Let transactions that the ledger has point to the entries of these rows that are better."""
    if known.is_empty():
        return
    connection.exec_driver_sql("DROP TABLE IF EXISTS pg_temp.staged_known")
    columns = ["transaction_id", "status", "source_rank", "sha256", "file_id", "record_no"]
    stage(connection, "staged_known", known.select(columns))
    for query in (merges.KEEP_ANNOUNCED, merges.POINT_TO_BETTER_ENTRIES):
        connection.execute(sa.text(query), {"known_from": on.known_from})


def _insert(connection: sa.Connection, on: Ground, new: pl.DataFrame) -> Mapping[str, int]:
    """Add transactions, in the order of their ids, so that the index is walked once."""
    instant = pl.lit(on.known_from.isoformat())
    copy_into(
        connection,
        "transaction",
        new.select(
            *_TRANSACTION, instant.alias("first_known_at"), instant.alias("known_from")
        ).sort("transaction_id"),
    )
    contested = new.join(on.contested, on=_DAY, how="semi")
    announced = new.filter(pl.col("status") == "pending")
    fresh = pl.concat([contested, announced]).select("transaction_id", "file_id").unique()
    if fresh.height:
        copy_into(connection, "fresh", fresh)
    return Counter(dict(new.get_column("sha256").value_counts().iter_rows()))
