"""Load what the ledger exported, for the marts that are built from it.

What is small becomes a table in memory. What has a row for each movement would fill the memory that
joins and sorts need, so it stays in Parquet files, and a view of the table's name reads it there.
"""

import glob
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import polars as pl

from schemas.errors import PublishError
from schemas.ledger import AFFECTED, AFFECTED_SCHEMA, EXPORTS, OF_MOVEMENTS
from warehouse.marts.column_types import sql_type
from warehouse.marts.reader import first_line, quoted


def load_exports(con: duckdb.DuckDBPyConnection, exports: Mapping[str, Path]) -> list[Path]:
    """Fill `ledger.<table>` from its file or files, exactly as the ledger wrote them.

    A table of the touched accounts is loaded where there is one. None lives in the file that
    analysts get, so that no trace of them stays there. Detach `ledger` once that is built.

    Returns:
        the folders of Parquet files that are still read when a mart is made.

    Raises:
        PublishError: a table is missing, or a file does not hold the columns and types agreed upon.
    """
    con.execute("ATTACH ':memory:' AS ledger")
    kept = []
    slices = {AFFECTED: AFFECTED_SCHEMA} if AFFECTED in exports else {}
    for table, schema in (EXPORTS | slices).items():
        if table not in exports:
            raise PublishError(
                f"ledger.{table}", "was not exported", "export all tables of schemas.ledger"
            )
        if table in OF_MOVEMENTS:
            kept.append(exports[table])
            order = f"VIEW ledger.{table} AS {rows_of(schema, exports[table])}"
        else:
            _insist_on_header(table, schema, exports[table])
            order = f"TABLE ledger.{table} AS {_printed_rows(schema, exports[table])}"
        try:
            con.execute(f"CREATE {order}")
        except duckdb.Error as error:
            raise PublishError(
                f"ledger.{table}",
                f"the export cannot be loaded: {first_line(error)}",
                "export it again, as the ledger writes it",
            ) from error
    return kept


def shut(con: duckdb.DuckDBPyConnection, kept: Iterable[Path]) -> None:
    """Let no query read or write a file from now on, but for those that views read."""
    # It compares words: those of a view, and those of the file that they lead to.
    words = (f"'{word}'" for path in kept for word in (pattern(path), *map(quoted, _files(path))))
    con.execute(f"SET allowed_paths = [{', '.join(words)}]")
    con.execute("SET enable_external_access = false")


def rows_of(schema: pl.Schema, path: Path) -> str:
    """SQL for the rows of a Parquet file, or of a folder of them, in the types of a schema."""
    values = ", ".join(f'"{name}"::{sql_type(dtype)} AS "{name}"' for name, dtype in schema.items())
    return f"SELECT {values} FROM read_parquet('{pattern(path)}')"  # noqa: S608


def _printed_rows(schema: pl.Schema, path: Path) -> str:
    """SQL for the rows of a CSV file of the export."""
    texts = ", ".join(f"'{name}': 'VARCHAR'" for name in schema)
    values = ", ".join(f'{_value(name, dtype)} AS "{name}"' for name, dtype in schema.items())
    # One thread: text with line ends in it makes the parallel reader guess where a record begins.
    return (
        f"SELECT {values} FROM read_csv('{pattern(path)}', auto_detect = false, header = true,"  # noqa: S608
        " delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false,"
        f" parallel = false, columns = {{{texts}}})"
    )


def pattern(path: Path) -> str:
    """A file, or all Parquet files of a folder, as DuckDB reads it in quotes."""
    plain = glob.escape(str(path)).replace("'", "''")
    return f"{plain}/*.parquet" if path.is_dir() else plain


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


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
