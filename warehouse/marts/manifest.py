"""The manifest of a generation: what it holds, by mart, and what it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from schemas.errors import PublishError
from warehouse.marts.catalog import Mart
from warehouse.marts.digest import Sums, digest_of
from warehouse.marts.meaning import read_owners, write_owners
from warehouse.marts.reader import connect


@dataclass(frozen=True)
class Facts:
    """Who built this generation, when, and with what; written into the manifest.

    Attributes:
        generation: its id, which is also the name of its file; later generations sort later.
        run_id: the run that built it.
        built_at: an instant, given by the caller.
        code_version: the version of this program.
        recipe: a digest of all that decides what the marts of one ledger hold.
        meant: by owner a digest of all that decides what movements mean, but the movements.
    """

    generation: str
    run_id: str
    built_at: datetime
    code_version: str
    recipe: str = ""
    meant: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Base:
    """A published generation that the next one may be made from.

    Attributes:
        path: its file.
        generation: its id.
        recipe: by which its marts were made.
        steps: how many generations lie between it and one that was built whole.
        sums: by mart.
        meant: by owner, as in Facts.
    """

    path: Path
    generation: str
    recipe: str
    steps: int
    sums: Mapping[str, Sums]
    meant: Mapping[str, str]


def write(
    con: duckdb.DuckDBPyConnection, facts: Facts, sums: Mapping[Mart, Sums], base: Base | None
) -> None:
    """Write the manifest into an open file; base is what the generation was made from."""
    con.execute(
        "CREATE OR REPLACE TABLE _manifest (generation VARCHAR, run_id VARCHAR,"
        " built_at TIMESTAMPTZ, code_version VARCHAR, mart VARCHAR, row_count BIGINT,"
        " amount_sum DECIMAL(38,4), digest VARCHAR, hash_sums VARCHAR, recipe VARCHAR,"
        " made_from VARCHAR, steps INTEGER)"
    )
    con.execute(
        "COMMENT ON TABLE _manifest IS 'One row a mart: what this generation holds. amount_sum adds"
        " up all currencies: it is a fingerprint, not an amount of money. made_from: the generation"
        " that this one brought up to date, null when it was built whole.'"
    )
    write_owners(con, facts.meant)
    for mart, of in sums.items():
        shape = [(column.name, column.type) for column in mart.card.columns]
        has_amount = "amount" in dict(shape) and of.rows
        con.execute(
            "INSERT INTO _manifest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                facts.generation,
                facts.run_id,
                facts.built_at,
                facts.code_version,
                mart.name,
                of.rows,
                of.amount if has_amount else None,
                digest_of(shape, of),
                f"{of.high} {of.low}",
                facts.recipe,
                None if base is None else base.generation,
                0 if base is None else base.steps + 1,
            ],
        )


def digests(path: Path) -> dict[str, str]:
    """The digest of every mart, as the manifest of a file states it.

    Raises:
        PublishError: there is no file, or it cannot be opened.
    """
    with connect(path) as con:
        return dict(con.execute("SELECT mart, digest FROM _manifest").fetchall())


def read_base(path: Path) -> Base:
    """What the manifest of a published file says.

    Raises:
        PublishError: there is no file, it cannot be opened, or its manifest is of another time.
    """
    query = (
        "SELECT generation, recipe, steps, mart, row_count, amount_sum, hash_sums FROM _manifest"
    )
    try:
        with connect(path) as con:
            rows = con.execute(query).fetchall()
            meant = read_owners(con)
    except duckdb.Error as error:
        raise PublishError(
            path.name, "has no manifest that this program can read", "build the marts whole"
        ) from error
    sums = {}
    for *_, mart, count, amount, halves in rows:
        high, low = map(int, halves.split())
        sums[mart] = Sums(count, amount or Decimal(), high, low)
    heads = {row[:3] for row in rows}
    if len(heads) != 1:
        raise PublishError(path.name, "has a manifest without a head", "build the marts whole")
    ((generation, recipe, steps),) = heads
    return Base(path, generation, recipe, steps, sums, meant)
