"""The type that a column of the house's shapes has in DuckDB."""

import polars as pl

_SQL_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Date: "DATE",
    pl.Boolean: "BOOLEAN",
    pl.UInt32: "UINTEGER",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.Datetime: "TIMESTAMPTZ",
}


def sql_type(dtype: pl.DataType) -> str:
    """A DuckDB type, such as DECIMAL(19,4).

    Args:
        dtype: of a shape in `schemas`.
    """
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    return _SQL_TYPES[type(dtype)]
