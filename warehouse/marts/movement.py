"""Every movement as one Parquet file, for whoever finds out what movements mean.

What the ledger exported is joined with its account and file. Where only a part was exported, what
it does not tell of is read from the generation that is to be brought up to date, but for owners
whose movements need not be looked at again.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb
import polars as pl

from schemas.enrichment import MOVEMENT
from schemas.errors import PublishError
from schemas.ledger import AFFECTED, EXPORTS, OF_MOVEMENTS
from warehouse.marts.reader import first_line, quoted

_OLDER = """
COPY (
    SELECT {columns} FROM read_parquet('{fresh}')
    UNION ALL
    SELECT {known} FROM (FROM base.fct_transactions ANTI JOIN settled USING (owner)) AS t
    LEFT JOIN (
        SELECT account_id, since_on::DATE AS since_on
        FROM read_csv('{affected}', header = true, all_varchar = true)
    ) AS s ON s.account_id = t.account_id AND t.booked_on >= s.since_on
    WHERE s.account_id IS NULL
) TO '{target}' (FORMAT parquet)
"""


def write_movements(exports: Mapping[str, Path], target: Path) -> None:
    """Write MOVEMENT as the export of the ledger tells it; an empty text is null.

    Args:
        exports: for each table of schemas.ledger.EXPORTS its file, or folder of files.
        target: the file to make.
    """
    accounts = _scan(exports, "account")
    files = _scan(exports, "file").select("file_sha256", "format", file_name="name")
    (
        _scan(exports, "transaction")
        .join(accounts.drop("currency"), on="account_id", how="left")
        .join(files, on="file_sha256", how="left")
        .select(_told(name, dtype) for name, dtype in MOVEMENT.items())
        .sink_parquet(target)
    )


def write_movements_since(
    exports: Mapping[str, Path],
    base: Path,
    target: Path,
    *,
    settled: Collection[str],
    memory_limit: str,
) -> None:
    """Write MOVEMENT, those of touched accounts from the export, the others from a generation.

    Args:
        exports: of what is touched, with the table AFFECTED.
        base: the generation that the export is newer than.
        target: the file to make.
        settled: owners whose movements are left out; no account of theirs was touched.
        memory_limit: what DuckDB may use.

    Raises:
        PublishError: the generation cannot be read.
    """
    fresh = target.with_name("fresh.parquet")
    write_movements(exports, fresh)
    places = {"fresh": fresh, "affected": exports[AFFECTED], "target": target}
    texts = {name for name, dtype in MOVEMENT.items() if dtype == pl.String()}
    query = _OLDER.format(
        columns=", ".join(MOVEMENT),
        known=", ".join(f"nullif(t.{n}, '')" if n in texts else f"t.{n}" for n in MOVEMENT),
        **{name: quoted(path) for name, path in places.items()},
    )
    try:
        with duckdb.connect(config={"memory_limit": memory_limit}) as con:
            con.execute(f"ATTACH '{quoted(base)}' AS base (READ_ONLY)")
            con.execute("CREATE TABLE settled AS SELECT unnest(?::VARCHAR[]) AS owner", [settled])
            con.execute(query)
    except duckdb.Error as error:
        raise PublishError(
            base.name, f"cannot be read: {first_line(error)}", "build the marts whole"
        ) from error
    fresh.unlink()


def _told(name: str, dtype: pl.DataType) -> pl.Expr:
    cell = pl.col(name).cast(dtype)
    return pl.when(cell != "").then(cell).alias(name) if dtype == pl.String() else cell


def _scan(exports: Mapping[str, Path], table: str) -> pl.LazyFrame:
    wanted = {*MOVEMENT, "name"}
    schema = {
        name: dtype if name in wanted else pl.String() for name, dtype in EXPORTS[table].items()
    }
    rows = (
        pl.scan_parquet(sorted(exports[table].iterdir()), glob=False)
        if table in OF_MOVEMENTS
        else pl.scan_csv(exports[table], schema=schema)
    )
    return rows.select(name for name in schema if name in wanted)
