"""COPY: a polars frame becomes a temporary table, inside the caller's database transaction."""

import io

import polars as pl
import sqlalchemy as sa

_SLICE = 100_000
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
    raw = connection.connection.driver_connection
    if raw is None:
        raise AssertionError("a connection in use has a driver connection")
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        for part in frame.iter_slices(_SLICE):
            buffer = io.BytesIO()
            part.write_csv(buffer, include_header=False)
            copy.write(buffer.getvalue())
    connection.exec_driver_sql(f"ANALYZE {table} ({', '.join(_joined_by(frame.schema))})")


def _joined_by(schema: pl.Schema) -> list[str]:
    """Columns that the planner must know: ids, numbers, days. To sort texts costs it a second."""
    keys = [name for name, dtype in schema.items() if dtype != pl.String or name in _KEYS]
    return keys or schema.names()


def _type(name: str, dtype: pl.DataType) -> str:
    if name in _UUIDS:
        return "uuid"
    return "numeric" if isinstance(dtype, pl.Decimal) else _TYPES[dtype]
