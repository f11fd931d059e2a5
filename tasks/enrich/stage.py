"""The stage enrich as a plain function: an export of the ledger in, what movements mean out."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from schemas.enrichment import CATEGORY, ENRICHED, NIGHT, VENDOR
from schemas.household import NOTHING_SAID, Household
from schemas.night import Enriched, Exported, Plan
from tasks.enrich.bills import bills
from tasks.enrich.flow import flow_classes
from tasks.enrich.hints import hinted
from tasks.enrich.movements import movements, read_table
from tasks.enrich.registered import holdings, plans, subscriptions
from tasks.enrich.transfers import transfers


def enrich(plan: Plan, exported: Exported) -> Enriched:
    """Find out what the movements of a snapshot mean, and write it beside the export.

    Args:
        plan: of the run.
        exported: the snapshot.
    """
    frames = meanings(exported.tables, today_on=plan.today_on, household=plan.household)
    paths = write(frames, plan.staging / "enriched")
    return Enriched(paths, {name: frame.height for name, frame in frames.items()})


def meanings(
    tables: Mapping[str, Path], *, today_on: date, household: Household = NOTHING_SAID
) -> dict[str, pl.DataFrame]:
    """The tables of schemas.enrichment.ENRICHED.

    Args:
        tables: a CSV file for each table of schemas.ledger.EXPORTS.
        today_on: the civil day from which the marts look.
        household: what owners said.
    """
    accounts = read_table(tables, "account", "account_id", "owner", "account_name", "account_kind")
    files = read_table(tables, "file", "file_sha256", "name")
    vendors, tree = pl.DataFrame(schema=VENDOR), pl.DataFrame(schema=CATEGORY)
    rows = hinted(movements(tables))
    pairs, legs = transfers(rows)
    held = holdings(household, accounts)
    planned, parts = plans(household, accounts, vendors, tree)
    found = {
        "transaction": flow_classes(rows, legs),
        "vendor": vendors,
        "category": tree,
        "transfer": pairs,
        "holding": held,
        "subscription": subscriptions(household, accounts, vendors, tree),
        "plan": planned,
        "instalment": parts,
        "bill": bills(rows, held, files),
        "night": pl.DataFrame({"as_of_on": [today_on], "rules_version": [""]}, schema=NIGHT),
    }
    return {name: _shaped(name, found.get(name)) for name in ENRICHED}


def write(frames: Mapping[str, pl.DataFrame], folder: Path) -> dict[str, Path]:
    """One Parquet file a table."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.parquet" for name in frames}
    for name, frame in frames.items():
        frame.write_parquet(paths[name])
    return paths


def _shaped(name: str, frame: pl.DataFrame | None) -> pl.DataFrame:
    schema = ENRICHED[name]
    if frame is None:
        return pl.DataFrame(schema=schema)
    missing = [pl.lit(None, t).alias(n) for n, t in schema.items() if n not in frame.columns]
    return frame.with_columns(missing).select(pl.col(n).cast(t) for n, t in schema.items())
