"""The fingerprint of a table: equal for equal rows in any order, different for one cent more."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from warehouse.marts.reader import connect


def digests(path: Path) -> dict[str, str]:
    """The digest of every mart in a published file, computed from its rows.

    Raises:
        PublishError: there is no file, or it cannot be opened.
        duckdb.Error: the file is damaged.
    """
    with connect(path) as con:
        return {mart: digest(con, mart) for mart in tables(con)}


def tables(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The marts in an open file, by name; the manifest is not one of them."""
    rows = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
        " AND schema_name = 'main' AND table_name <> '_manifest' ORDER BY table_name"
    ).fetchall()
    return tuple(name for (name,) in rows)


def columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Name and type of each column of a table, in order."""
    return [(row[0], row[1]) for row in con.execute(f'DESCRIBE "{table}"').fetchall()]


@dataclass(frozen=True)
class Sums:
    """What a digest is made of; of rows that come and go it is kept up by adding and taking away.

    Attributes:
        rows: how many.
        amount: the sum of the column amount; zero where there is none.
        high, low: the sums of the two halves of the hashes of the rows.
    """

    rows: int
    amount: Decimal
    high: int
    low: int

    def __add__(self, other: "Sums") -> "Sums":
        """Of the rows of both."""
        return Sums(
            self.rows + other.rows,
            self.amount + other.amount,
            self.high + other.high,
            self.low + other.low,
        )

    def __sub__(self, other: "Sums") -> "Sums":
        """Of the rows without those of the other."""
        return self + Sums(-other.rows, -other.amount, -other.high, -other.low)


def digest(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """The digest of one table: its columns and types, its row count, the sum of its row hashes.

    A sum does not depend on the order of the rows, yet a row that stands there twice counts twice.
    """
    return digest_of(columns(con, table), sums(con, table))


def sums(con: duckdb.DuckDBPyConnection, table: str) -> Sums:
    """The sums over all rows of a table."""
    shape = columns(con, table)
    amount = "amount" if dict(shape).get("amount", "").startswith("DECIMAL") else "0"
    # Names of tables and columns cannot be bound as parameters.
    rows = f'SELECT {amount} AS amount, md5_number({_row_text(shape)}) AS hash FROM "{table}"'  # noqa: S608
    halves = "sum((hash >> 64)::UBIGINT), sum((hash & 18446744073709551615::UHUGEINT)::UBIGINT)"
    query = f"SELECT count(*), sum(amount)::DECIMAL(38,4), {halves} FROM ({rows})"  # noqa: S608
    ((count, total, high, low),) = con.execute(query).fetchall()
    return Sums(count, total or Decimal(), high or 0, low or 0)


Hashed = tuple[int, int]
"""How many rows a table has, and what DuckDB's own hashes of them add up to."""


def hashed(con: duckdb.DuckDBPyConnection, table: str) -> Hashed:
    """All rows of a table read, in a twentieth of the time of a digest.

    Another version of DuckDB hashes otherwise: it is compared within one process, and never kept.
    """
    query = f'SELECT count(*), sum(hash(t)) FROM "{table}" AS t'  # noqa: S608
    ((count, total),) = con.execute(query).fetchall()
    return count, total or 0


def digest_of(shape: Sequence[tuple[str, str]], of: Sums) -> str:
    """The digest of a table with these columns and sums."""
    halves = (of.rows, of.high, of.low) if of.rows else (0, None, None)
    return hashlib.sha256(repr((list(shape), halves)).encode()).hexdigest()


def _row_text(shape: Sequence[tuple[str, str]]) -> str:
    """SQL for a row as one text: `3:abc` is a cell of three bytes, `:` is null."""
    cells = (_cell_text(f'"{name}"', dtype) for name, dtype in shape)
    return "concat(" + ", ".join(f"strlen({cell}), ':', {cell}" for cell in cells) + ")"


def _cell_text(cell: str, dtype: str) -> str:
    if dtype == "TIMESTAMP WITH TIME ZONE":
        # Its text would depend on the reader's time zone.
        return f"epoch_us({cell})::VARCHAR"
    if dtype.startswith("DECIMAL"):
        # DuckDB 1.5 writes decimals of more than 18 digits five times slower; most need fewer.
        scale = dtype.removesuffix(")").split(",")[1]
        short = f"TRY_CAST({cell} AS DECIMAL(18,{scale}))"
        return f"coalesce({short}::VARCHAR, {cell}::VARCHAR)"
    return f"{cell}::VARCHAR"
