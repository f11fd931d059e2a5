"""What is owed and what comes: totals over examples, and checks that find what must not be."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from flows.household import read_household
from schemas.enrichment import ENRICHED
from schemas.money import MONEY
from warehouse.marts.builder import Built
from warehouse.marts.reader import query

HERE = Path(__file__).parent
Build = Callable[..., Built]

SPENT = pl.DataFrame(
    {
        "transaction_id": ["t1", "t2", "t3"],
        "account_id": ["c1", "c1", "c1"],
        "booked_on": ["2025-01-08", "2025-02-08", "2025-03-08"],
        "amount": ["-55.90", "-55.90", "-120.00"],
        "description": ["Netflix.com", "Netflix.com", "Magalu - Parcela 3/10"],
    }
).with_columns(pl.col("booked_on").str.to_date(), pl.col("amount").cast(MONEY))
CARDS = pl.DataFrame({"account_id": ["c1"], "account_name": ["cartao"], "account_kind": ["card"]})


def enriched(table: str, *rows: dict[str, object]) -> dict[str, pl.DataFrame]:
    """The ledger above, with a table of enrichment that says something else."""
    frame = pl.DataFrame(rows, schema=ENRICHED[table])
    return {"transaction": SPENT, "account": CARDS, f"enriched_{table}": frame}


def failed(make: Build, given: dict[str, pl.DataFrame]) -> set[str]:
    return {f"{check.mart}.{check.check}" for check in make(given).failures}


@pytest.mark.parametrize(
    ("case", "sql", "total"),
    [
        (
            "mart_subscriptions/a_four_cycles",
            "SELECT round(sum(monthly_equivalent), 2), sum(yearly_projection) FROM {mart}",
            ("292.96", "3515.5000"),
        ),
        (
            "mart_forecast/seven_items_within_thirty_days",
            "SELECT count(*), sum(amount) FROM {mart} WHERE is_within_30d",
            ("7", "325.4000"),
        ),
    ],
)
def test_totals_of_examples(make: Build, case: str, sql: str, total: tuple[str, ...]) -> None:
    given = {
        path.stem: pl.read_csv(path, try_parse_dates=True, infer_schema_length=None).with_columns(
            pl.col("^amount$").cast(MONEY)
        )
        for path in (HERE / case).glob("*.csv")
        if path.stem != "expected"
    }
    built = make(given, said=read_household(HERE / case / "household.toml"))
    assert (
        tuple(
            str(value)
            for value in query(built.path, sql.format(mart=case.partition("/")[0])).row(0)
        )
        == total
    )


def test_a_movement_on_two_bills_is_found(make: Build) -> None:
    days = [SPENT["booked_on"][1], SPENT["booked_on"][2]]
    twice = [
        {"transaction_id": "t1", "bill_key": f"b{n}", "due_on": day} for n, day in enumerate(days)
    ]
    found = failed(make, enriched("bill", *twice))
    assert found >= {
        "mart_card_bills.a_movement_is_on_one_bill",
        "mart_card_bills.bills_hold_all_their_movements",
    }


def test_an_instalment_that_is_lost_or_stands_twice_is_found(make: Build) -> None:
    assert failed(make, enriched("purchase")) == {"mart_instalments.purchases_hold_all_instalments"}
    twice = [{"transaction_id": "t3", "purchase_id": one} for one in ("p1", "p2")]
    assert "mart_instalments.every_instalment_is_of_one_purchase" in failed(
        make, enriched("purchase", *twice)
    )


def test_a_charge_that_no_movement_shows_is_found(make: Build) -> None:
    day = SPENT["booked_on"][0]
    charge = {
        "recurring_key": "r1",
        "owner": "ana",
        "vendor_key": "v1",
        "name": "NETFLIX",
        "account_id": "c1",
        "currency": "BRL",
        "amount": Decimal("55.90"),
        "least_amount": Decimal("55.90"),
        "most_amount": Decimal("55.90"),
        "cycle": "monthly",
        "gap_days": 30,
        "charge_count": 3,
        "first_on": day,
        "last_on": day,
        "next_on": SPENT["booked_on"][1],
    }
    found = failed(make, enriched("recurring", charge))
    assert found == {"mart_recurring_candidates.its_charges_are_its_movements"}
