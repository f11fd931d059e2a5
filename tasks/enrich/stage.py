"""The stage enrich as a plain function: an export of the ledger in, what movements mean out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from schemas.enrichment import ENRICHED, MOVEMENTS, NIGHT
from schemas.household import NOTHING_SAID, Household
from schemas.night import Enriched, Exported, Plan
from schemas.words import CATEGORY_WORD, WORDS
from tasks.enrich.bills import bills
from tasks.enrich.categories import categories, tree
from tasks.enrich.flow import flow_classes
from tasks.enrich.hints import hinted
from tasks.enrich.instalment_series import purchases
from tasks.enrich.instalments import instalment_of
from tasks.enrich.movements import movements, read_table
from tasks.enrich.recurring import recurring
from tasks.enrich.registered import as_held, holdings, plans, subscriptions
from tasks.enrich.rules import Rules, read_rules
from tasks.enrich.transfers import transfers
from tasks.enrich.vendors import vendors


@dataclass(frozen=True)
class Said:
    """What persons said, beside the statements.

    Attributes:
        rules: the text of the owner's rules.toml; null where there is none.
        household: of cards, subscriptions and plans.
        words: CATEGORY_WORD.
        rejected: pairs of transaction_ids (out, in) that are no transfer.
    """

    rules: str | None = None
    household: Household = NOTHING_SAID
    words: pl.DataFrame = field(default_factory=CATEGORY_WORD.to_frame)
    rejected: frozenset[tuple[str, str]] = frozenset()


NOTHING = Said()


def enrich(plan: Plan, exported: Exported) -> Enriched:
    """Find out what the movements of a snapshot mean, and write it beside the export.

    Args:
        plan: of the run.
        exported: the snapshot.

    Raises:
        SettingsError: a rule of the owner cannot be understood.
    """
    words, pairs = (
        read_table(exported.tables, name, *schema.names()[:-1]) for name, schema in WORDS.items()
    )
    rejected = pairs.select("out_transaction_id", "in_transaction_id").rows()
    said = Said(plan.rules, plan.household, words, frozenset(rejected))
    frames = meanings(exported.tables, today_on=plan.today_on, said=said)
    paths = write(frames, plan.staging / "enriched")
    return Enriched(paths, {name: frame.height for name, frame in frames.items()})


def meanings(
    tables: Mapping[str, Path], *, today_on: date, said: Said = NOTHING
) -> dict[str, pl.DataFrame]:
    """The tables of schemas.enrichment.ENRICHED.

    Args:
        tables: CSV files of accounts, and the Parquet file of all movements (MOVEMENTS).
        today_on: the civil day from which the marts look.
        said: what persons said.
    """
    rules = read_rules(said.rules)
    facts = ("account_id", "owner", "account_name", "account_kind", "institution")
    accounts = read_table(tables, "account", *facts)
    held = holdings(said.household, accounts)
    rows = as_held(movements(tables[MOVEMENTS]), held)
    meant, merchants, pairs = _of_each(rows, rules, said)
    known = rows.join(meant, on="transaction_id").join(
        merchants.select("vendor_key", pl.col("name").alias("vendor")), on="vendor_key", how="left"
    )
    categorised = tree(rules, said.words)
    planned, parts = plans(said.household, accounts, merchants, categorised)
    billed = bills(rows, held, _files(rows))
    parted = known.with_columns(_store().alias("store")).join(
        billed.select("transaction_id", "due_on"), on="transaction_id", how="left"
    )
    again, charges = recurring(known.filter(pl.col("status") == "booked"))
    found = {
        "transaction": meant,
        "vendor": merchants,
        "category": categorised,
        "transfer": pairs,
        "holding": held,
        "subscription": subscriptions(said.household, accounts, merchants, categorised),
        "recurring": again,
        "charge": charges,
        "plan": planned,
        "instalment": parts,
        "purchase": purchases(parted),
        "bill": billed,
        "night": pl.DataFrame([(today_on, rules.version)], schema=NIGHT, orient="row"),
    }
    return {
        name: found[name].select(pl.col(column).cast(dtype) for column, dtype in schema.items())
        for name, schema in ENRICHED.items()
    }


def _of_each(
    rows: pl.DataFrame, rules: Rules, said: Said
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """MEANT of each movement, in the order given; VENDOR; and TRANSFER."""
    hints = hinted(rows)
    pairs, legs = transfers(hints, rules, said.rejected)
    flows = flow_classes(hints, legs)
    named, merchants = vendors(rows.join(legs, on="transaction_id", how="anti"), rules)
    is_leg = pl.col("transfer_id").is_not_null()
    told = (
        rows.join(flows, on="transaction_id", maintain_order="left")
        .join(named, on="transaction_id", how="left", maintain_order="left")
        .with_columns(
            pl.when(is_leg)
            .then(pl.lit("own"))
            .otherwise("counterparty_kind")
            .alias("counterparty_kind")
        )
    )
    decided = categories(told, rules, said.words)
    return (
        told.join(_instalments(rows), on="description", how="left", nulls_equal=True).join(
            decided, on="transaction_id", maintain_order="left"
        ),
        merchants,
        pairs,
    )


def _instalments(rows: pl.DataFrame) -> pl.DataFrame:
    """The instalment that each distinct text names."""
    number, count = instalment_of("description")
    return (
        rows.select("description")
        .unique()
        .with_columns(number.alias("instalment_no"), count.alias("instalment_count"))
    )


def _files(rows: pl.DataFrame) -> pl.DataFrame:
    """The files that movements come from: file_sha256 and name."""
    return rows.select("file_sha256", pl.col("file_name").alias("name")).unique()


def _store() -> pl.Expr:
    return pl.coalesce("counterparty_name", "description")


def write(frames: Mapping[str, pl.DataFrame], folder: Path) -> dict[str, Path]:
    """One Parquet file a table."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.parquet" for name in frames}
    for name, frame in frames.items():
        frame.write_parquet(paths[name])
    return paths
