"""Load what the ledger exported, for the marts that are built from it."""

import glob
from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from schemas.errors import PublishError
from schemas.ledger import AFFECTED, AFFECTED_SCHEMA, EXPORTS
from warehouse.marts.column_types import sql_type
from warehouse.marts.reader import first_line


def load_exports(con: duckdb.DuckDBPyConnection, exports: Mapping[str, Path]) -> None:
    """Fill `ledger.<table>` from one CSV file each, exactly as Postgres COPY wrote it.

    A table of the touched accounts is loaded where there is one. All live in memory (and in
    DuckDB's temporary files when there is too little of it), so that no trace of them stays in the
    file that analysts get. Detach `ledger` once that is built.

    Raises:
        PublishError: a table is missing, or a file does not hold the columns and types agreed upon.
    """
    con.execute("ATTACH ':memory:' AS ledger")
    slices = {AFFECTED: AFFECTED_SCHEMA} if AFFECTED in exports else {}
    for table, schema in (EXPORTS | slices).items():
        if table not in exports:
            raise PublishError(
                f"ledger.{table}", "was not exported", "export all tables of schemas.ledger"
            )
        _load(con, table, schema, exports[table])


def _load(con: duckdb.DuckDBPyConnection, table: str, schema: pl.Schema, path: Path) -> None:
    _insist_on_header(table, schema, path)
    texts = ", ".join(f"'{name}': 'VARCHAR'" for name in schema)
    values = ", ".join(f'{_value(name, dtype)} AS "{name}"' for name, dtype in schema.items())
    pattern = glob.escape(str(path)).replace("'", "''")
    # One thread: text with line ends in it makes the parallel reader guess where a record begins.
    source = (
        f"read_csv('{pattern}', auto_detect = false, header = true, delim = ',', quote = '\"',"
        " escape = '\"', nullstr = '', allow_quoted_nulls = false, parallel = false,"
        f" columns = {{{texts}}})"
    )
    try:
        con.execute(f"CREATE TABLE ledger.{table} AS SELECT {values} FROM {source}")  # noqa: S608
    except duckdb.Error as error:
        raise PublishError(
            f"ledger.{table}",
            f"the export cannot be loaded: {first_line(error)}",
            "export it again as COPY ... CSV HEADER writes it",
        ) from error


def _value(name: str, dtype: pl.DataType) -> str:
    """SQL that gives a printed cell its type, exactly."""
    match dtype:
        case pl.Decimal(precision=precision, scale=scale) if precision > 18:
            # DuckDB 1.5 reads decimals of more than 18 digits a hundred times slower.
            short = f'TRY_CAST("{name}" AS DECIMAL(18,{scale}))'
            wide = f"DECIMAL({precision},{scale})"
            return f'coalesce({short}::{wide}, "{name}"::{wide})'
        case _:
            return f'"{name}"::{sql_type(dtype)}'


def _insist_on_header(table: str, schema: pl.Schema, path: Path) -> None:
    """DuckDB takes columns by position: two that changed places would go unnoticed."""
    try:
        with path.open(encoding="utf-8") as lines:
            header = lines.readline().strip().split(",")
    except OSError as error:
        raise PublishError(
            f"ledger.{table}", f"the export cannot be read: {error.strerror}", "export it again"
        ) from error
    if header != schema.names():
        raise PublishError(
            f"ledger.{table}",
            f"the export has the columns {', '.join(header)}",
            f"it must have {', '.join(schema.names())}",
        )
