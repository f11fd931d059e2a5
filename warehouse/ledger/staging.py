"""COPY: polars frames into tables and back, inside the caller's database transaction."""

import io
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, TypeVar, cast

import polars as pl
import psycopg
import sqlalchemy as sa

T = TypeVar("T")
R = TypeVar("R")

_SLICE = 5_000
_PART_BYTES = 8 * 1024 * 1024
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
        for data in _one_ahead(frame.iter_slices(_SLICE), _as_csv):
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


def write_csv(connection: sa.Connection, query: str, path: Path) -> None:
    """The rows of a query as a CSV file with a header; null is an empty cell, an empty text ""."""
    order = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)"
    with _cursor(connection) as cursor, cursor.copy(order) as copy, path.open("wb") as file:
        for block in copy:
            file.write(block)


def fetch_into(connection: sa.Connection, query: str, schema: pl.Schema, folder: Path) -> None:
    """The rows of a query as Parquet files in a folder, at least one.

    Null stays null and an empty text stays empty. Rows are written while the server sends more.

    Args:
        connection: inside the database transaction.
        query: gives the columns of the schema, in its order.
        schema: of the files.
        folder: is made; what an earlier try left there goes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    numbers = count()

    def write(rows: bytes) -> None:
        frame = _from_csv(rows, schema)
        frame.write_parquet(folder / f"{next(numbers):05}.parquet", compression="lz4")

    order = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)"
    with _cursor(connection) as cursor, cursor.copy(order) as copy:
        header = bytes(copy.read()).decode().strip()
        if header != ",".join(schema.names()):
            raise AssertionError(f"the query gives {header}")
        for _ in _one_ahead(_blocks(copy), write):
            pass
    if not next(numbers):
        schema.to_frame().write_parquet(folder / "00000.parquet")


def _one_ahead(items: Iterable[T], work: Callable[[T], R]) -> Iterator[R]:
    """What work makes of each item; of the next one, while the caller has one in hand."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        coming: Future[R] | None = None
        for item in items:
            following = worker.submit(work, item)
            if coming:
                yield coming.result()
            coming = following
        if coming:
            yield coming.result()


def _blocks(copy: psycopg.Copy) -> Iterator[bytes]:
    """What the server sends, in parts of whole rows: each message is one."""
    block = io.BytesIO()
    for row in copy:
        block.write(row)
        if block.tell() >= _PART_BYTES:
            yield block.getvalue()
            block = io.BytesIO()
    if block.tell():
        yield block.getvalue()


def _from_csv(rows: bytes, schema: pl.Schema) -> pl.DataFrame:
    """Rows as Postgres writes them; it tells instants with their zone, which is UTC."""
    stamps = [name for name, dtype in schema.items() if isinstance(dtype, pl.Datetime)]
    texts = schema | dict.fromkeys(stamps, pl.String())
    return pl.read_csv(rows, has_header=False, schema=texts).with_columns(
        pl.col(stamps).str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us")
    )


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
