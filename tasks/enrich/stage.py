"""The stage enrich as a plain function: an export of the ledger in, what movements mean out."""

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import polars as pl

from schemas.enrichment import ENRICHED, MEANT, MOVEMENTS, NIGHT
from schemas.household import NOTHING_SAID, Household
from schemas.night import Enriched, Exported, Plan
from schemas.words import CATEGORY_WORD, WORDS
from tasks.enrich.bills import bills, named_bills
from tasks.enrich.categories import categories, tree
from tasks.enrich.cutting import TEXT_KEY
from tasks.enrich.flow import flow_classes
from tasks.enrich.hints import hinted
from tasks.enrich.instalment_series import purchases
from tasks.enrich.instalments import instalment_of
from tasks.enrich.movements import movements, packs, read_table
from tasks.enrich.rates import read_rates
from tasks.enrich.recurring import recurring
from tasks.enrich.registered import as_held, holdings, plans, subscriptions
from tasks.enrich.renaming import as_called_now, vendor_versions
from tasks.enrich.rules import Rules, read_rules
from tasks.enrich.transfers import transfers
from tasks.enrich.vendors import named_texts, vendors


@dataclass(frozen=True)
class Said:
    """What persons said, beside the statements.

    Attributes:
        rules: the text of the owner's rules.toml; null where there is none.
        household: of cards, subscriptions and plans.
        rates: the text of rates.csv; null where there is none.
        base_currency: into which worth is converted.
        rate_days: so many days old may a rate be.
        words: CATEGORY_WORD.
        rejected: pairs of transaction_ids (out, in) that are no transfer.
    """

    rules: str | None = None
    household: Household = NOTHING_SAID
    words: pl.DataFrame = field(default_factory=CATEGORY_WORD.to_frame)
    rejected: frozenset[tuple[str, str]] = frozenset()
    rates: str | None = None
    base_currency: str = "BRL"
    rate_days: int = 7


NOTHING = Said()

PACK_ROWS = 200_000
"""Movements that are looked at together, unless one owner has more: memory follows it."""


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
    said = Said(
        rules=plan.rules,
        household=plan.household,
        words=words,
        rejected=frozenset(rejected),
        rates=plan.rates,
        base_currency=plan.base_currency,
        rate_days=plan.rate_days,
    )
    parts = meanings(exported.tables, plan.today_on, said, settled=exported.settled)
    return write(parts, plan.staging / "enriched")


def write(parts: Iterable[Mapping[str, pl.DataFrame]], home: Path) -> Enriched:
    """A folder a table, a Parquet file a part; what an earlier try left there goes.

    Args:
        parts: tables of schemas.enrichment.ENRICHED, as `meanings` gives them.
        home: where the folders are to be.
    """
    shutil.rmtree(home, ignore_errors=True)
    folders = {name: home / name for name in ENRICHED}
    for folder in folders.values():
        folder.mkdir(parents=True)
    counts = dict.fromkeys(ENRICHED, 0)
    for number, part in enumerate(parts):
        for name, frame in part.items():
            frame.write_parquet(folders[name] / f"{number:05}.parquet")
            counts[name] += frame.height
    return Enriched(folders, counts)


def meanings(
    tables: Mapping[str, Path],
    today_on: date,
    said: Said = NOTHING,
    *,
    settled: Collection[str] = (),
    pack_rows: int = PACK_ROWS,
) -> Iterator[dict[str, pl.DataFrame]]:
    """The tables of schemas.enrichment.ENRICHED in parts, each of some owners.

    What a movement means follows from those of its owner alone, so owners may be looked at in any
    company. What is of no owner comes with the last part, which has all tables.

    Args:
        tables: CSV files of accounts, and the Parquet file of the movements (MOVEMENTS).
        today_on: the civil day from which the marts look.
        said: what persons said.
        settled: owners who are left out.
        pack_rows: movements that are looked at together.
    """
    rules = read_rules(said.rules)
    said = replace(said, words=as_called_now(said.words, rules))
    facts = ("account_id", "owner", "account_name", "account_kind", "institution")
    accounts = read_table(tables, "account", *facts)
    held = holdings(said.household, accounts)
    known = _Known(rules, tree(rules, CATEGORY_WORD.to_frame()), said, accounts, held)
    path = tables[MOVEMENTS]
    many = packs(path, pack_rows) or [[]]
    told = {owner for owners in many for owner in owners} | set(settled)
    many[-1] += sorted(said.household.owners - told)  # of whom no movement is known
    for owners in many[:-1]:
        yield _typed(_found(known, movements(path, owners), owners))
    night = (today_on, rules.version, said.base_currency, said.rate_days)
    yield _typed(
        _found(known, movements(path, many[-1]), many[-1])
        | {
            "category": tree(rules, said.words),
            "holding": held,
            "exchange_rate": read_rates(said.rates),
            "night": pl.DataFrame([night], schema=NIGHT, orient="row"),
        }
    )


@dataclass(frozen=True)
class _Known:
    """What is known before any movement is looked at.

    Attributes:
        rules: all rules.
        tree: CATEGORY, as rules have it.
        said: what persons said.
        accounts: of all owners.
        held: HOLDING, of all owners.
    """

    rules: Rules
    tree: pl.DataFrame
    said: Said
    accounts: pl.DataFrame
    held: pl.DataFrame


def _found(
    known: _Known, told: pl.DataFrame, owners: Collection[str | None]
) -> dict[str, pl.DataFrame]:
    """What is found out about MOVEMENT of some owners."""
    rules, accounts = known.rules, known.accounts
    rows = as_held(told, known.held)
    meant, merchants, pairs = _of_each(rows, rules, known.said)
    household, files = known.said.household.of(owners), _files(rows)
    planned, parts = plans(household, accounts, merchants, known.tree)
    billed = bills(rows, known.held, files)
    named = rows.select(_SERIES_FACTS).join(meant.select(_SERIES_MEANING), on="transaction_id")
    parted = (
        named.filter(pl.col("instalment_count").is_not_null())
        .with_columns(_store().alias("store"))
        .join(billed.select("transaction_id", "due_on"), on="transaction_id", how="left")
    )
    again, charges = recurring(
        named.filter((pl.col("status") == "booked") & pl.col("vendor_key").is_not_null()).join(
            merchants.select("vendor_key", pl.col("name").alias("vendor")), on="vendor_key"
        )
    )
    return {
        "transaction": meant,
        "vendor": merchants,
        "vendor_version": vendor_versions(merchants, rules),
        "transfer": pairs,
        "subscription": subscriptions(household, accounts, merchants, known.tree),
        "recurring": again,
        "charge": charges,
        "plan": planned,
        "instalment": parts,
        "purchase": purchases(parted),
        "bill": billed,
        "named_bill": named_bills(rows, known.held, files, billed),
    }


def _typed(found: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    return {
        name: frame.select(pl.col(column).cast(dtype) for column, dtype in ENRICHED[name].items())
        for name, frame in found.items()
    }


def _of_each(
    rows: pl.DataFrame, rules: Rules, said: Said
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """MEANT of each movement, in the order given; VENDOR; and TRANSFER."""
    hints, names = hinted(rows), named_texts(rows, rules)
    pairs, legs = transfers(hints, names, said.rejected)
    flows = flow_classes(hints, legs)
    del hints  # as wide as all that follows
    texts = rows.select("transaction_id", *TEXT_KEY)
    named, merchants = vendors(texts.join(legs, on="transaction_id", how="anti"), names)
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
    meant = (
        told.select("description", *(name for name in told.columns if name in MEANT))
        .join(_instalments(rows), on="description", how="left", nulls_equal=True)
        .join(decided, on="transaction_id", maintain_order="left")
    )
    return meant, merchants, pairs


def _instalments(rows: pl.DataFrame) -> pl.DataFrame:
    """The instalment that each distinct text names."""
    number, count = instalment_of("description")
    return (
        rows.select("description")
        .unique()
        .with_columns(number.alias("instalment_no"), count.alias("instalment_count"))
    )


_SERIES_FACTS = ["transaction_id", "owner", "account_id", "booked_on", "amount", "currency"]
_SERIES_FACTS += ["status", "description"]
_SERIES_MEANING = ["transaction_id", "flow_class", "vendor_key", "category_key"]
_SERIES_MEANING += ["counterparty_name", "instalment_no", "instalment_count"]
"""What series of charges and of instalments are told by."""


def _files(rows: pl.DataFrame) -> pl.DataFrame:
    """The files that movements come from: file_sha256 and name."""
    return rows.select("file_sha256", pl.col("file_name").alias("name")).unique()


def _store() -> pl.Expr:
    return pl.coalesce("counterparty_name", "description")
