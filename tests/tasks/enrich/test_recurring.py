"""M9: charges that come again and again, found by amount and rhythm."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from schemas.money import MONEY
from tasks.enrich.due_days import months_later
from tasks.enrich.recurring import recurring


def found(*charges: tuple[str, date, str], **changed: object) -> pl.DataFrame:
    rows = pl.DataFrame(
        [
            {
                "transaction_id": f"t{n:02}",
                "owner": "ana",
                "account_id": "c1",
                "booked_on": day,
                "amount": Decimal(amount),
                "currency": "BRL",
                "flow_class": "expense",
                "vendor_key": vendor.lower(),
                "vendor": vendor,
                "category_key": "k",
                "instalment_no": None,
                **changed,
            }
            for n, (vendor, day, amount) in enumerate(charges)
        ],
        schema_overrides={"amount": MONEY, "instalment_no": pl.Int32},
    )
    table, charged = recurring(rows)
    assert charged.height == table["charge_count"].sum()
    again, _ = recurring(rows.reverse())
    assert again.equals(table)
    return table


def monthly(vendor: str, amount: str, count: int = 4, day: int = 5) -> list[tuple[str, date, str]]:
    return [(vendor, months_later(date(2025, 1, day), n), amount) for n in range(count)]


def test_a_monthly_charge() -> None:
    row = found(*monthly("Netflix", "-55.90")).row(0, named=True)
    assert (row["name"], row["cycle"], row["charge_count"]) == ("Netflix", "monthly", 4)
    assert (row["amount"], row["last_on"], row["next_on"]) == (
        Decimal("55.90"),
        date(2025, 4, 5),
        date(2025, 5, 5),
    )


def test_two_subscriptions_of_one_vendor_that_cost_about_the_same_are_two() -> None:
    table = found(*monthly("Apple", "-14.90", 5, day=25), *monthly("Apple", "-15.90", 5, day=9))
    assert table.select("amount", "cycle", "charge_count").rows() == [
        (Decimal("14.90"), "monthly", 5),
        (Decimal("15.90"), "monthly", 5),
    ]


@pytest.mark.parametrize(
    ("days", "cycle"), [(7, "weekly"), (30, "monthly"), (91, "quarterly"), (365, "yearly")]
)
def test_rhythms(days: int, cycle: str) -> None:
    charges = [("V", date(2023, 1, 2) + timedelta(days=days * n), "-10.00") for n in range(4)]
    assert found(*charges)["cycle"].to_list() == [cycle]


def test_three_school_bills_on_one_day_are_three_charges() -> None:
    charges = [
        one for amount in ("-800.00", "-950.00", "-1300.00") for one in monthly("School", amount)
    ]
    assert found(*charges).select("amount", "cycle").rows() == [
        (Decimal(800), "monthly"),
        (Decimal(950), "monthly"),
        (Decimal(1300), "monthly"),
    ]


def test_a_price_that_rises_a_little_is_one_charge() -> None:
    charges = [*monthly("Gym", "-100.00", 3), ("Gym", date(2025, 4, 5), "-108.00")]
    row = found(*charges).row(0, named=True)
    assert (row["least_amount"], row["amount"], row["charge_count"]) == (100, 108, 4)


@pytest.mark.parametrize(
    "charges",
    [
        monthly("Netflix", "-55.90", 2),
        [("Market", date(2025, 1, day), "-50.00") for day in (1, 4, 13, 29)],
        [("Market", date(2025, 1, 1) + timedelta(days=n), "-50.00") for n in (0, 2, 32, 34, 64)],
        [("Baker", months_later(date(2025, 1, 19), n // 2), "-18.50") for n in range(8)],
    ],
    ids=["two are too few", "no rhythm", "a median by chance", "twins of a day"],
)
def test_what_is_no_rhythm(charges: list[tuple[str, date, str]]) -> None:
    assert found(*charges).is_empty()


def test_instalments_and_income_are_none() -> None:
    assert found(*monthly("Magalu", "-120.00"), instalment_no=3).is_empty()
    assert found(*monthly("Work", "8500.00"), flow_class="income").is_empty()
