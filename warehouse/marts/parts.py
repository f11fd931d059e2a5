"""A mart with a row for each of very many movements is made part by part, in bounded memory.

A join of movements with what they mean holds one side of it in memory, and each thread has rows in
hand that cannot go to disk. So the query runs for some of the movements after the other, by one
thread; where memory is short, that is as fast as two.

    ledger.transaction   a view: those whose id falls into the part
          └──▶ ledger.every_transaction, as it was exported
"""

import duckdb

from schemas.ledger import OF_MOVEMENTS
from warehouse.marts import meaning
from warehouse.marts.catalog import Mart

PART_ROWS = 400_000
"""Movements of one part; under 200 MB of memory."""

_BY_MOVEMENT = (
    *(("ledger", name) for name in OF_MOVEMENTS),
    *(("enriched", name) for name in meaning.OF_MOVEMENTS),
)


def count(con: duckdb.DuckDBPyConnection, mart: Mart) -> int:
    """In how many parts a mart is made; mostly in one.

    Args:
        con: with the export of the whole ledger, and what it means.
        mart: its query may be run part by part if its rows are of one movement each.
    """
    if mart.card.refresh.by != "days" or mart.card.depends_on:
        return 1
    ((movements,),) = con.execute("SELECT count(*) FROM ledger.transaction").fetchall()
    return max(1, -(-int(movements) // PART_ROWS))


def make(con: duckdb.DuckDBPyConnection, mart: Mart, parts: int) -> None:
    """Make a mart, one commit a part.

    Args:
        con: outside of a transaction: it writes to the export, and to the file.
        mart: the mart.
        parts: how many.
    """
    con.execute("SET threads = 1")
    for place, name in _BY_MOVEMENT:
        con.execute(f"ALTER VIEW {place}.{name} RENAME TO every_{name}")
    for part in range(parts):
        for place, name in _BY_MOVEMENT:
            con.execute(
                f"CREATE OR REPLACE VIEW {place}.{name} AS FROM {place}.every_{name}"
                f" WHERE hash(transaction_id) % {parts} = {part}"
            )
        into = "INSERT INTO {} {}" if part else "CREATE OR REPLACE TABLE {} AS {}"
        con.execute(into.format(f'"{mart.name}"', mart.sql))
    for place, name in _BY_MOVEMENT:
        con.execute(f"DROP VIEW {place}.{name}")
        con.execute(f"ALTER VIEW {place}.every_{name} RENAME TO {name}")
    con.execute("RESET threads")
