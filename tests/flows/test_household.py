"""household.toml is believed whole or not at all, and an error says where and what to do."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from flows.household import read_household
from schemas.errors import SettingsError
from schemas.household import Holding, Household, InstalmentPlan, Subscription

SAID = """
[[holding]]
owner = "ana"
account = "nubank-cartao"
brand = "Mastercard"
credit_limit = "5000.00"
closing_day = 25
due_day = 2
paid_from = "itau-conta"
minimum_percent = "15"

[[subscription]]
owner = "ana"
name = "Netflix"
amount = "55.90"
currency = "BRL"
cycle = "monthly"
due_on = 2025-04-02

[[plan]]
owner = "ana"
name = "Geladeira"
total_amount = "1200.00"
currency = "BRL"
instalment_count = 10
starts_on = 2025-01-08
"""


def read(folder: Path, text: str) -> Household:
    path = folder / "household.toml"
    path.write_text(text, encoding="utf-8")
    return read_household(path)


def test_what_owners_say_is_read_exactly(tmp_path: Path) -> None:
    said = read(tmp_path, SAID)
    assert said.holdings == (
        Holding(
            *("ana", "nubank-cartao", None, "Mastercard", Decimal("5000.00"), 25, 2, "itau-conta"),
            minimum_percent=Decimal(15),
        ),
    )
    assert said.subscriptions == (
        Subscription("ana", "Netflix", Decimal("55.90"), "BRL", "monthly", date(2025, 4, 2)),
    )
    assert said.plans == (
        InstalmentPlan("ana", "Geladeira", Decimal(1200), "BRL", 10, date(2025, 1, 8)),
    )


def test_without_the_file_nobody_has_said_anything(tmp_path: Path) -> None:
    assert read_household(tmp_path / "household.toml") == Household()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[holding]\n", "not TOML"),
        (SAID.replace('"55.90"', "55.90"), "subscription.0.amount: .*a float is not exact"),
        (SAID.replace('"55.90"', '"-1"'), "subscription.0.amount: Input should be greater than 0"),
        (SAID.replace("monthly", "fortnightly"), "subscription.0.cycle"),
        (SAID.replace("closing_day = 25", "closing_day = 32"), "holding.0.closing_day"),
        (SAID.replace("brand", "colour"), "holding.0.colour: Extra inputs are not permitted"),
        (SAID.replace('"BRL"', '"reais"', 1), "subscription.0.currency"),
        (SAID + SAID, "holding: nubank-cartao of ana stands there twice"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as raised:
        read(tmp_path, text)
    assert raised.value.where == "household.toml"
    assert raised.value.remedy


def test_the_example_of_the_page_is_one(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "household.md"
    text = page.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    said = read(tmp_path, text)
    assert (len(said.holdings), len(said.subscriptions), len(said.plans)) == (1, 1, 1)
