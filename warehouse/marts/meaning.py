"""What movements mean, loaded for the marts, and kept in the file for the generation after it.

enriched.<table>   what marts read. On a night only the owners whose movements were looked at again
                   are found out about; of the others, the file still tells.
meaning.<table>    those tables in the file. meaning.owner says by what each owner's were found.
ledger.settled     the owners whose movements were not looked at again; nobody where all is built.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb
import polars as pl

from schemas.enrichment import ENRICHED, OF_NOBODY
from schemas.errors import PublishError
from warehouse.marts.catalog import HOME
from warehouse.marts.loading import rows_of
from warehouse.marts.reader import first_line

MEANING = (HOME / "meaning.sql").read_text(encoding="utf-8")
"""The view enriched.meaning."""

_ALWAYS_WHOLE = (*OF_NOBODY, "holding")
"""Found out anew each night, for everybody."""

OF_MOVEMENTS = ("transaction",)
"""What fct_transactions tells of each movement anyway; it stays in Parquet files."""

_KEPT = tuple(name for name in ENRICHED if name not in (*_ALWAYS_WHOLE, *OF_MOVEMENTS))

_FOUND_BY = {
    "vendor_version": ("vendor_key", "meaning.vendor"),
    "named_bill": ("account_id", "main.dim_account"),
    "charge": ("recurring_key", "meaning.recurring"),
    "instalment": ("plan_key", "meaning.plan"),
    "purchase": ("transaction_id", "main.fct_transactions"),
    "bill": ("transaction_id", "main.fct_transactions"),
}
"""Tables that name no owner: their key, and where that has one."""


def load_enriched(
    con: duckdb.DuckDBPyConnection,
    enriched: Mapping[str, Path],
    *,
    settled: Collection[str] = (),
    is_slice: bool = False,
) -> list[Path]:
    """Fill `enriched.<table>` from Parquet, and keep what is not told by the marts themselves.

    A view enriched.meaning has what fct_transactions shows of each movement.

    Args:
        con: on the file that is to be built; its marts are still those of the last generation.
        enriched: for each table of ENRICHED a Parquet file, or a folder of them.
        settled: owners of whom nothing is told, because all is as the file has it.
        is_slice: the file holds a generation.

    Returns:
        what is still read when a mart is made.

    Raises:
        PublishError: a table is missing, or a file does not hold the columns and types agreed upon.
    """
    con.execute("ATTACH ':memory:' AS enriched")
    con.execute("CREATE TABLE ledger.settled (owner VARCHAR)")
    con.execute("INSERT INTO ledger.settled SELECT unnest(?::VARCHAR[])", [sorted(settled)])
    for table, schema in ENRICHED.items():
        if table not in enriched:
            raise PublishError(
                f"enriched.{table}", "was not made", "make all tables of schemas.enrichment"
            )
        _load(con, table, schema, enriched[table])
    _keep(con, is_slice=is_slice)
    con.execute(MEANING)
    return [enriched[table] for table in OF_MOVEMENTS]


def write_owners(con: duckdb.DuckDBPyConnection, meant: Mapping[str, str]) -> None:
    """Note by what the meaning of each owner's movements was found out.

    Args:
        con: on the file.
        meant: by owner a digest.
    """
    con.execute("CREATE OR REPLACE TABLE meaning.owner (owner VARCHAR, recipe VARCHAR)")
    con.execute(
        "INSERT INTO meaning.owner SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
        [list(meant), list(meant.values())],
    )


def read_owners(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """By owner what `write_owners` noted."""
    return dict(con.execute("SELECT owner, recipe FROM meaning.owner").fetchall())


def read_kept(con: duckdb.DuckDBPyConnection) -> None:
    """Read all that a file keeps of the meaning of movements: a damaged block raises."""
    kept = con.execute(
        "SELECT table_name FROM duckdb_tables()"
        " WHERE database_name = current_database() AND schema_name = 'meaning'"
    ).fetchall()
    for (table,) in kept:
        con.execute(f'SELECT sum(hash(t)) FROM meaning."{table}" AS t').fetchall()  # noqa: S608


def _load(con: duckdb.DuckDBPyConnection, table: str, schema: pl.Schema, path: Path) -> None:
    kind = "VIEW" if table in OF_MOVEMENTS else "TABLE"
    try:
        con.execute(f"CREATE {kind} enriched.{table} AS {rows_of(schema, path)}")
    except duckdb.Error as error:
        raise PublishError(
            f"enriched.{table}", f"cannot be loaded: {first_line(error)}", "enrich it again"
        ) from error


def _keep(con: duckdb.DuckDBPyConnection, *, is_slice: bool) -> None:
    """Put into the file what was found out, in the place of what was; enriched.* shows it all."""
    ((file,),) = con.execute("SELECT current_database()").fetchall()
    con.begin()
    if is_slice:
        # Those that are found by the key of another go first.
        for table in sorted(_KEPT, key=lambda name: name not in _FOUND_BY):
            con.execute(_delete(table))
            con.execute(f"INSERT INTO meaning.{table} FROM enriched.{table}")
    else:
        con.execute("CREATE SCHEMA meaning")
        for table in _KEPT:
            con.execute(f"CREATE TABLE meaning.{table} AS FROM enriched.{table}")
    con.commit()
    for table in _KEPT:
        con.execute(f"DROP TABLE enriched.{table}")
        con.execute(f'CREATE VIEW enriched.{table} AS FROM "{file}".meaning.{table}')


def _delete(table: str) -> str:
    if table not in _FOUND_BY:
        return f"DELETE FROM meaning.{table} AS m WHERE NOT {_is_settled('m')}"  # noqa: S608
    key, source = _FOUND_BY[table]
    return (
        f"DELETE FROM meaning.{table} AS m WHERE NOT EXISTS ("  # noqa: S608
        f"SELECT 1 FROM {source} AS s WHERE s.{key} = m.{key} AND {_is_settled('s')})"
    )


def _is_settled(name: str) -> str:
    return f"EXISTS (SELECT 1 FROM ledger.settled AS o WHERE o.owner = {name}.owner)"  # noqa: S608
