"""The stage enrich as a plain function: an export of the ledger in, what movements mean out."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from schemas.enrichment import ENRICHED, NIGHT
from schemas.night import Enriched, Exported, Plan
from tasks.enrich.flow import flow_classes
from tasks.enrich.hints import hinted
from tasks.enrich.movements import movements
from tasks.enrich.transfers import transfers


def enrich(plan: Plan, exported: Exported) -> Enriched:
    """Find out what the movements of a snapshot mean, and write it beside the export.

    Args:
        plan: of the run.
        exported: the snapshot.
    """
    frames = meanings(exported.tables, today_on=plan.today_on)
    paths = write(frames, plan.staging / "enriched")
    return Enriched(paths, {name: frame.height for name, frame in frames.items()})


def meanings(tables: Mapping[str, Path], *, today_on: date) -> dict[str, pl.DataFrame]:
    """The tables of schemas.enrichment.ENRICHED.

    Args:
        tables: a CSV file for each table of schemas.ledger.EXPORTS.
        today_on: the civil day from which the marts look.
    """
    rows = hinted(movements(tables))
    pairs, legs = transfers(rows)
    flows = flow_classes(rows, legs)
    night = pl.DataFrame({"as_of_on": [today_on], "rules_version": [""]}, schema=NIGHT)
    found = {"transaction": flows, "transfer": pairs, "night": night}
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
