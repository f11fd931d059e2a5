"""COPY: polars frames into tables and back, inside the caller's database transaction."""

import io
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import polars as pl
import psycopg
import sqlalchemy as sa

_SLICE = 5_000
_UUIDS = ("transaction_id", "account_id")
_KEYS = (*_UUIDS, "sha256")

_TYPES: dict[pl.DataType, str] = {
    pl.String(): "text",
    pl.Date(): "date",
    pl.Boolean(): "boolean",
    pl.UInt32(): "bigint",
    pl.Int64(): "bigint",
    pl.Datetime("us", "UTC"): "timestamptz",
}


def stage(
    connection: sa.Connection, table: str, frame: pl.DataFrame, *, is_more: bool = False
) -> None:
    """Fill a temporary table with a frame; it vanishes with the database transaction.

    Null stays null and an empty text stays empty. Columns of our own ids become uuids.

    Args:
        connection: inside the database transaction.
        table: name of the table.
        frame: the rows.
        is_more: the table is there, and these rows are added to it.
    """
    if not is_more:
        columns = ", ".join(f"{name} {_type(name, dtype)}" for name, dtype in frame.schema.items())
        connection.exec_driver_sql(f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP")
    copy_into(connection, table, frame)
    connection.exec_driver_sql(f"ANALYZE {table} ({', '.join(_joined_by(frame.schema))})")


def copy_into(connection: sa.Connection, table: str, frame: pl.DataFrame) -> None:
    """COPY a frame into a table that is there; its columns name those of the table."""
    columns = ", ".join(frame.columns)
    order = f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)"
    with _cursor(connection) as cursor, cursor.copy(order) as copy:
        for data in _written_ahead(frame):
            copy.write(data)


def fetch(connection: sa.Connection, query: str, schema: pl.Schema) -> pl.DataFrame:
    """The rows of a query as a frame; none of its texts may be empty."""
    buffer = io.BytesIO()
    with (
        _cursor(connection) as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as out,
    ):
        for data in out:
            buffer.write(data)
    if not buffer.tell():
        return schema.to_frame()
    buffer.seek(0)
    return pl.read_csv(buffer, has_header=False, schema=schema)


def _written_ahead(frame: pl.DataFrame) -> Iterator[bytes]:
    """A frame as CSV, part by part; the next is written while the server takes the one before."""
    with ThreadPoolExecutor(max_workers=1) as writer:
        coming: Future[bytes] | None = None
        for part in frame.iter_slices(_SLICE):
            following = writer.submit(_as_csv, part)
            if coming:
                yield coming.result()
            coming = following
        if coming:
            yield coming.result()


def _as_csv(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=False)
    return buffer.getvalue()


def _cursor(connection: sa.Connection) -> psycopg.Cursor[Any]:
    raw = connection.connection.driver_connection
    if raw is None:
        raise AssertionError("a connection in use has a driver connection")
    return cast("psycopg.Connection[Any]", raw).cursor()


def _joined_by(schema: pl.Schema) -> list[str]:
    """Columns that the planner must know: ids, numbers, days. To sort texts costs it a second."""
    keys = [name for name, dtype in schema.items() if dtype != pl.String or name in _KEYS]
    return keys or schema.names()


def _type(name: str, dtype: pl.DataType) -> str:
    if name in _UUIDS:
        return "uuid"
    return "numeric" if isinstance(dtype, pl.Decimal) else _TYPES[dtype]
