"""Read the marts: every reader sees one generation, whole, and can change nothing."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from schemas.errors import MartsUnavailable, WrongUsage

_READING = {"SELECT", "EXPLAIN"}


def connect(path: Path, *, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open the marts for reading, at the generation that is published now.

    The connection keeps that generation until it is closed. It reads and writes no other file,
    loads no extension, and its settings cannot be changed; instants are shown in UTC.
    Statements of a stranger go through `query`: DuckDB 1.5 and 2.0 let even such a connection COPY
    into `<file>.wal`, beside the marts.

    Args:
        path: the published link or one generation.
        memory_limit: what DuckDB may use, such as 512MB; null: most of the machine's.

    Raises:
        MartsUnavailable: nothing is published at the path, or the file cannot be opened.
    """
    try:
        # The link must not be opened: within one process DuckDB would hand out the database that
        # it has open under that name, which may be an older generation.
        generation = path.resolve(strict=True)
    except OSError as error:
        raise MartsUnavailable(
            str(path), "no marts are published there", "run the night, or `buffet publish`"
        ) from error
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
    }
    try:
        con = duckdb.connect(generation, read_only=True, config=settings)
        _lock_settings(con, memory_limit)
    except duckdb.Error as error:
        raise MartsUnavailable(
            generation.name,
            f"cannot be opened: {first_line(error)}",
            "go back to the generation before it, or publish again",
        ) from error
    return con


def query(path: Path, sql: str, params: Sequence[object] = ()) -> pl.DataFrame:
    """Ask the published marts one question; money comes back as Decimal.

    Args:
        path: the published link or one generation.
        sql: one reading statement.
        params: values for the `?` in it.

    Raises:
        MartsUnavailable: nothing is published at the path.
        WrongUsage: the text is not one reading statement, or DuckDB does not understand it.
    """
    with connect(path) as con:
        try:
            statements = con.extract_statements(sql)
            kinds = [statement.type.name for statement in statements]
            if len(kinds) != 1 or kinds[0] not in _READING:
                raise WrongUsage("sql", "is not one reading statement", "write a single SELECT")
            return con.sql(sql, params=list(params)).pl()
        except duckdb.Error as error:
            raise WrongUsage("sql", str(error), "correct the statement") from error


def _lock_settings(con: duckdb.DuckDBPyConnection, memory_limit: str | None) -> None:
    """Show instants in UTC and let nobody change that.

    All connections of one process to one file share their settings, locked by the first of them.
    """
    try:
        con.execute("SET GLOBAL TimeZone = 'UTC'")
        if memory_limit is not None:
            con.execute(f"SET GLOBAL memory_limit = '{memory_limit}'")
        con.execute("SET enable_progress_bar = false")
        con.execute("SET lock_configuration = true")
    except duckdb.Error:
        # To the end: DuckDB 2 does nothing else on a connection before.
        if con.execute("SELECT current_setting('lock_configuration')").fetchall() != [(True,)]:
            raise


def first_line(error: Exception) -> str:
    """What went wrong, without the excerpt of data or SQL that DuckDB prints below it."""
    return str(error).partition("\n")[0]


def quoted(text: str | Path) -> str:
    """A text as it stands between single quotes of SQL, where DuckDB takes no parameter."""
    return str(text).replace("'", "''")
