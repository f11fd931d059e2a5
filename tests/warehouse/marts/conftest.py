"""Small ledgers as CSV: a case gives the columns that matter, the rest is filled in here."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from schemas.enrichment import ENRICHED, MOVEMENTS
from schemas.household import NOTHING_SAID, Household
from schemas.ledger import EXPORTS, OF_MOVEMENTS
from tasks.enrich.stage import Said, meanings, write
from warehouse.marts import movement
from warehouse.marts.builder import Built, build
from warehouse.marts.manifest import Facts
from warehouse.marts.publisher import build_path, generation_id

Tables = Mapping[str, pl.DataFrame]
Build = Callable[..., Built]

TODAY = date(2025, 4, 2)
"""The civil day from which marts look in these tests."""

DEFAULTS: dict[str, dict[str, object]] = {
    "account": {
        "owner": "ana",
        "institution": "Banco Alfa",
        "account_name": "conta",
        "account_tail": "••••4321",
        "account_kind": "bank",
        "currency": "BRL",
        "is_claimed": True,
    },
    "transaction": {
        "account_id": "a1",
        "currency": "BRL",
        "description": "PIX",
        "status": "booked",
        "occurrence": 1,
        "file_sha256": "f1",
        "statement_no": 1,
        "record_no": 1,
        "place": "line 2",
    },
    "transaction_version": {
        "account_id": "a1",
        "currency": "BRL",
        "status": "booked",
        "standing": "counts",
        "known_from": datetime(2025, 4, 1, 6, tzinfo=UTC),
    },
    "statement": {
        "file_sha256": "f1",
        "statement_no": 1,
        "account_id": "a1",
        "currency": "BRL",
        "record_count": 0,
        "set_aside_count": 0,
        "chain_breaks": 0,
        "proof": "unproven",
        "status": "loaded",
    },
    "coverage": {
        "account_id": "a1",
        "state": "proven",
        "because": "the statements are proven and chain",
        "bridged_day_count": 0,
        "statement_count": 1,
    },
    "file": {
        "name": "extrato.ofx",
        "owner": "ana",
        "format": "ofx1",
        "encoding": "utf-8",
        "size_bytes": 100,
        "status": "loaded",
        "received_at": datetime(2025, 4, 2, 6, tzinfo=UTC),
    },
    "run": {
        "kind": "night",
        "status": "done",
        "started_at": datetime(2025, 4, 2, 6, tzinfo=UTC),
        "code_version": "0.1.0",
    },
}


def full(table: str, given: pl.DataFrame) -> pl.DataFrame:
    """The table with all its columns: those given, else the default, else null."""
    schema = EXPORTS[table]
    unknown = set(given.columns) - set(schema)
    assert not unknown, f"{table} has no columns {unknown}"
    if table == "transaction" and "transaction_id" not in given.columns:
        names = pl.int_range(1, pl.len() + 1).cast(pl.String)
        given = given.with_columns(transaction_id=pl.lit("t") + names)
    if table == "coverage" and "day_count" not in given.columns:
        days = (pl.col("ends_on") - pl.col("starts_on")).dt.total_days() + 1
        given = given.with_columns(days.alias("day_count")) if given.height else given
    missing = [
        pl.lit(DEFAULTS.get(table, {}).get(name)).cast(dtype).alias(name)
        for name, dtype in schema.items()
        if name not in given.columns
    ]
    return given.with_columns(missing).select(pl.col(n).cast(t) for n, t in schema.items())


def ledger(given: Tables) -> dict[str, pl.DataFrame]:
    """All tables; accounts and files that are named somewhere exist unless they are given.

    So does the coverage of statements: one unproven span an account.
    """
    tables = {name: full(name, given.get(name, pl.DataFrame())) for name in EXPORTS}
    if "coverage" not in given:
        days = tables["statement"].filter(
            (pl.col("starts_on") <= pl.col("ends_on"))
            & pl.col("status").is_in(["loaded", "accepted"])
        )
        spans = days.group_by("account_id").agg(
            pl.col("starts_on").min(), pl.col("ends_on").max(), state=pl.lit("unproven")
        )
        tables["coverage"] = full("coverage", spans.sort("account_id"))
    told = ("transaction", "transaction_version", "statement", "coverage")
    named = pl.concat([tables[name] for name in told], how="diagonal_relaxed")
    for table, key in (("account", "account_id"), ("file", "file_sha256")):
        if table not in given:
            keys = named.select(pl.col(key).drop_nulls().unique().sort())
            tables[table] = full(table, keys)
    tables["arrival"] = tables["file"].select(pl.col("received_at").max())
    return tables


def enriched(given: Tables, found: Tables, folder: Path) -> dict[str, Path]:
    """What the movements mean: as found out, but for tables `enriched_<name>` that are given."""
    tables = dict(found)
    for name, schema in ENRICHED.items():
        told = given.get(f"enriched_{name}")
        if told is not None:
            tables[name] = told.with_columns(
                pl.lit(None, dtype).alias(column)
                for column, dtype in schema.items()
                if column not in told.columns
            ).select(pl.col(column).cast(dtype) for column, dtype in schema.items())
    return write([tables], folder).tables


@pytest.fixture
def export(tmp_path: Path) -> Callable[[Tables], dict[str, Path]]:
    """Write a small ledger as the ledger exports it."""

    def write(given: Tables) -> dict[str, Path]:
        folder = tmp_path / "export"
        folder.mkdir(exist_ok=True)
        paths = {name: folder / f"{name}.csv" for name in EXPORTS}
        for name, frame in ledger(given).items():
            if name in OF_MOVEMENTS:
                paths[name] = folder / name
                paths[name].mkdir(exist_ok=True)
                frame.write_parquet(paths[name] / "00000.parquet")
            else:
                frame.write_csv(paths[name])
        paths[MOVEMENTS] = folder / "movement.parquet"
        movement.write_movements(paths, paths[MOVEMENTS])
        return paths

    return write


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    """The folder of the marts."""
    folder = tmp_path / "marts"
    folder.mkdir()
    return folder


@pytest.fixture
def make(export: Callable[[Tables], dict[str, Path]], marts: Path) -> Build:
    """Build a generation from a small ledger; `night` numbers it."""

    def made(
        given: Tables,
        night: int = 1,
        said: Household = NOTHING_SAID,
        rules: str | None = None,
        rates: str | None = None,
        **options: object,
    ) -> Built:
        built_at = datetime(2025, 4, night, 6, tzinfo=UTC)
        generation = generation_id(built_at, f"run{night}")
        facts = Facts(generation, f"run{night}", built_at, "0.1.0")
        exported = export(given)
        parts = list(meanings(exported, TODAY, Said(rules, said, rates=rates)))
        found = {name: pl.concat(p[name] for p in parts if name in p) for name in ENRICHED}
        meant = enriched(given, found, marts.parent / "enriched")
        return build(exported, meant, build_path(marts, generation), facts, **options)

    return made
