"""Ten million amounts add up to the same in Postgres, polars, DuckDB and by integers.

python benchmarks/sums.py
python benchmarks/sums.py --rows 1000000

The amounts are as large as the ledger can hold, with four decimals, in three currencies; their sums
leave 64 bits far behind. Prints the seconds of each engine, and fails where two differ by a unit of
the last decimal.
"""

from collections.abc import Callable
from decimal import Decimal
from time import perf_counter
from typing import Annotated

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import typer
from night import workshop

from warehouse.ledger import embedded
from warehouse.ledger.connection import disposable

CURRENCIES = ("BRL", "EUR", "USD")
LARGEST = 10**18
SLICE = 500_000
Sums = dict[str, tuple[int, Decimal]]
Units = npt.NDArray[np.int64]


def main(rows: Annotated[int, typer.Option(min=1)] = 10_000_000) -> None:
    """Add up, compare, print a line an engine."""
    units = np.random.default_rng(7).integers(-LARGEST // 2, LARGEST, rows)
    numbers = np.arange(rows) % len(CURRENCIES)
    table = pa.table({"amount": amounts(units), "currency": named(numbers)})
    ways: dict[str, Callable[[], Sums]] = {
        "integers": lambda: by_integers(units, numbers),
        "polars": lambda: by_polars(table),
        "DuckDB": lambda: by_duckdb(table),
        "Postgres": lambda: by_postgres(table),
    }
    found = {}
    for name, way in ways.items():
        start = perf_counter()
        found[name] = way()
        print(f"{name:10}{perf_counter() - start:7.1f} s")
    assert all(one == found["integers"] for one in found.values()), found
    for currency, (count, total) in sorted(found["integers"].items()):
        print(f"{currency}  {count:>10,} amounts  {total:,}")


def amounts(units: Units) -> pa.Array:
    """Ten-thousandths as DECIMAL(18,4), without a detour over text or floats."""
    wide = np.stack([units, units >> 63], axis=1)  # 128 bits, the lower half first
    kind = pa.decimal128(18, 4)
    return pa.Array.from_buffers(kind, len(units), [None, pa.py_buffer(wide.tobytes())])


def named(numbers: Units) -> pa.Array:
    """The currency of each amount."""
    return pa.DictionaryArray.from_arrays(numbers.astype(np.int8), list(CURRENCIES)).cast(
        pa.string()
    )


def by_integers(units: Units, numbers: Units) -> Sums:
    """An oracle: halves of 32 bits, whose sums fit into 64, put together by Python."""
    found = {}
    for number, currency in enumerate(CURRENCIES):
        mine = units[numbers == number]
        total = (int((mine >> 32).sum()) << 32) + int((mine & 0xFFFFFFFF).sum())
        found[currency] = (len(mine), Decimal(total).scaleb(-4))
    return found


def by_polars(table: pa.Table) -> Sums:
    """As the stages before the ledger add up."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return of(frame.group_by("currency").agg(pl.len(), pl.col("amount").sum()).rows())


def by_duckdb(table: pa.Table) -> Sums:
    """As the marts add up."""
    with duckdb.connect() as con:
        con.register("given", table)
        query = "SELECT currency, count(*), sum(amount) FROM given GROUP BY 1"
        return of(con.execute(query).fetchall())


def by_postgres(table: pa.Table) -> Sums:
    """As the ledger adds up."""
    with workshop() as folder:
        server = embedded.start(folder / "data", durable=False)
        url = embedded.create_database(server, "sums")
        with disposable(url) as engine, engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TEMP TABLE given (amount numeric(18, 4), currency char(3))"
            )
            cursor = connection.connection.cursor()
            with cursor.copy("COPY given FROM STDIN (FORMAT csv)") as copy:
                for batch in table.to_batches(SLICE):
                    frame = pl.from_arrow(batch)
                    assert isinstance(frame, pl.DataFrame)
                    copy.write(frame.write_csv(include_header=False))
            rows = connection.exec_driver_sql(
                "SELECT currency, count(*), sum(amount) FROM given GROUP BY 1"
            ).all()
    return of([tuple(row) for row in rows])


def of(rows: list[tuple[str, int, Decimal]]) -> Sums:
    """Rows of currency, count and sum."""
    return {currency: (count, total) for currency, count, total in rows}


if __name__ == "__main__":
    typer.run(main)
