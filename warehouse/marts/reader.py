"""Read the marts: every reader sees one generation, whole, and can change nothing."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
from duckdb.sqltypes import DuckDBPyType

from schemas.errors import MartsUnavailable, WrongUsage

_READING = {"SELECT", "EXPLAIN"}

_INTEGERS = {"tinyint", "smallint", "integer", "bigint"}
_PLAIN = {
    *(_INTEGERS | {f"u{name}" for name in _INTEGERS}),
    *("boolean", "decimal", "float", "double", "varchar", "enum", "uuid", "blob"),
}
"""Types of DuckDB of which a frame holds every value."""

_MOSTLY = {"date", "timestamp", "timestamp with time zone", "hugeint"}
"""Types of which a frame holds all but extreme values; those are looked for."""

_DAYS = (date.min - date(1970, 1, 1)).days, (date.max - date(1970, 1, 1)).days
_MICROSECONDS = _DAYS[0] * 86_400_000_000, (_DAYS[1] + 1) * 86_400_000_000 - 1
_DIGITS = -(10**38) + 1, 10**38 - 1


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

    A column is text, as DuckDB writes it, where a frame cannot hold its type or one of its values:
    an interval, a union, bits, a day after 9999, an infinite one.

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
            sql.encode()
            statements = con.extract_statements(sql)
            kinds = [statement.type.name for statement in statements]
            if len(kinds) != 1 or kinds[0] not in _READING:
                raise WrongUsage("sql", "is not one reading statement", "write a single SELECT")
            return _frame(con.sql(sql, params=list(params)))
        except UnicodeEncodeError as error:
            raise WrongUsage("sql", "is not UTF-8", "correct the statement") from error
        except duckdb.Error as error:
            raise WrongUsage("sql", str(error), "correct the statement") from error


def _frame(answer: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """An answer as a frame, with text in the columns that a frame cannot hold.

    Nothing is handed over to be tried: polars breaks off, or shows another value without a word.
    """
    is_held = [_is_held(one) for one in answer.types]
    frame = _with_text(answer, is_held).pl()
    is_within = [_is_within(column) for column in frame.get_columns()]
    if all(is_within):
        return frame
    both = [held and within for held, within in zip(is_held, is_within, strict=True)]
    return _with_text(answer, both).pl()


def _with_text(answer: duckdb.DuckDBPyRelation, is_held: Sequence[bool]) -> duckdb.DuckDBPyRelation:
    if all(is_held):
        return answer
    columns = []
    for place, (name, held) in enumerate(zip(answer.columns, is_held, strict=True), 1):
        cell = f"#{place}" if held else f"CAST(#{place} AS VARCHAR)"
        escaped = name.replace('"', '""')
        columns.append(f'{cell} AS "{escaped}"')
    return answer.project(", ".join(columns))


def _is_held(kind: DuckDBPyType) -> bool:
    """Can a frame hold values of this type, and JSON after it?"""
    match kind.id:
        case "list" | "array":
            return _is_held(_parts(kind)["child"])
        case "struct":
            parts = _parts(kind)
            return "" not in parts and all(map(_is_held, parts.values()))
        case "map":
            parts = _parts(kind)
            return parts["key"].id == "varchar" and parts["value"].id in _PLAIN
        case name:
            return name in _PLAIN | _MOSTLY


def _parts(kind: DuckDBPyType) -> dict[str, DuckDBPyType]:
    return {name: part for name, part in kind.children if isinstance(part, DuckDBPyType)}


def _is_within(column: pl.Series) -> bool:
    """Are all values such that Python has them too: years 1 to 9999, 38 digits?"""
    match column.dtype:
        case pl.Date():
            least, most = _DAYS
        case pl.Datetime():
            least, most = _MICROSECONDS
        case pl.Decimal():
            least, most = _DIGITS
        case pl.List() | pl.Array():
            return _is_within(column.explode())
        case pl.Struct():
            return all(map(_is_within, column.struct.unnest().get_columns()))
        case _:
            return True
    known = column.to_physical().drop_nulls()
    return bool(((known >= least) & (known <= most)).all())


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
