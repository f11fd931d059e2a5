"""M2, M10 (a): what owners registered, and how a total is divided."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from schemas.enrichment import CATEGORY, VENDOR
from schemas.household import Holding, Household, InstalmentPlan, Subscription
from tasks.enrich.registered import holdings, plans, schedule, subscriptions

ACCOUNTS = pl.DataFrame(
    {
        "account_id": ["a1", "c1", "x1"],
        "owner": ["ana", "ana", "ana"],
        "account_name": ["itau-conta", "nubank-cartao", "xp-conta"],
        "account_kind": ["bank", "card", "bank"],
        "institution": ["itau", "nubank", "xp"],
    }
)
VENDORS = pl.DataFrame([("v1", "ana", "NETFLIX", "", None)], schema=VENDOR, orient="row")
CATEGORIES = pl.DataFrame(
    [("k1", "Bills", "Subscriptions", "Bills/Subscriptions", 2, True, 1)],
    schema=CATEGORY,
    orient="row",
)


def plan_of(total: str, count: int, starts_on: date = date(2025, 1, 31)) -> InstalmentPlan:
    return InstalmentPlan("ana", "Geladeira", Decimal(total), "BRL", count, starts_on)


@pytest.mark.parametrize(
    ("total", "count", "parts"),
    [
        ("1000.00", 3, ["333.33", "333.33", "333.34"]),
        ("100.00", 6, ["16.66"] * 5 + ["16.70"]),
        ("0.05", 3, ["0.01", "0.01", "0.03"]),
    ],
)
def test_the_rest_of_a_division_goes_to_the_last(total: str, count: int, parts: list[str]) -> None:
    amounts = [part["amount"] for part in schedule(plan_of(total, count))]
    assert amounts == [Decimal(part) for part in parts]
    assert sum(amounts) == Decimal(total)


def test_instalments_are_counted_from_the_start() -> None:
    days = [str(part["due_on"]) for part in schedule(plan_of("400.00", 4))]
    assert days == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]


def test_an_account_is_what_its_owner_says_or_its_kind_implies() -> None:
    said = Holding("ana", "nubank-cartao", None, "Mastercard", Decimal(5000), 25, 2, "itau-conta")
    found = holdings(Household(holdings=(said,)), ACCOUNTS)
    assert found.select("account_id", "account_type", "paying_account_id").rows() == [
        ("a1", "cash", None),
        ("c1", "credit", "a1"),
        ("x1", "investment", None),
    ]
    card = found.row(1, named=True)
    assert (card["credit_limit"], card["closing_day"], card["due_day"]) == (Decimal(5000), 25, 2)


def test_names_of_owners_become_keys() -> None:
    netflix = Subscription(
        *("ana", "Netflix", Decimal("55.90"), "BRL", "monthly", date(2025, 4, 2)),
        vendor="Netflix",
        category="bills/subscriptions",
        account="nubank-cartao",
    )
    row = subscriptions(Household(subscriptions=(netflix,)), ACCOUNTS, VENDORS, CATEGORIES).row(
        0, named=True
    )
    assert (row["vendor_key"], row["category_key"], row["account_id"]) == ("v1", "k1", "c1")
    told, planned = plans(Household(plans=(plan_of("90.00", 3),)), ACCOUNTS, VENDORS, CATEGORIES)
    assert told.height == 1
    assert planned["plan_key"].unique().to_list() == told["plan_key"].to_list()
    assert planned["amount"].to_list() == [Decimal(30)] * 3
