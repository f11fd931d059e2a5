"""A warning where what the owner registered of a card contradicts the names of its files."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from schemas.household import Holding, Household
from schemas.money import MONEY
from warehouse.marts.builder import Built

LEDGER = {
    "account": pl.DataFrame(
        {"account_id": ["c1"], "account_name": ["cartao"], "account_kind": ["card"]}
    ),
    "file": pl.DataFrame({"file_sha256": ["f1"], "name": ["Nubank_2025-04-02.csv"]}),
    "transaction": pl.DataFrame(
        {
            "account_id": ["c1", "c1"],
            "booked_on": [date(2025, 3, 2), date(2025, 3, 25)],
            "amount": [Decimal("-10.00"), Decimal("-20.00")],
        },
        schema_overrides={"amount": MONEY},
    ),
}


@pytest.mark.parametrize(
    ("closing", "due", "warned"),
    [
        (25, 2, []),
        (25, 5, ["registered_due_days_fit_the_names_of_files"]),
        (20, 2, ["registered_closing_days_fit_the_names_of_files"]),
    ],
)
def test_a_contradiction_warns_and_names_card_and_file(
    make: Callable[..., Built], closing: int, due: int, warned: list[str]
) -> None:
    card = Holding(owner="ana", account="cartao", closing_day=closing, due_day=due)
    built = make(LEDGER, said=Household(holdings=(card,)))
    assert built.failures == ()
    found = [one for one in built.warnings if one.check.startswith("registered_")]
    assert [(one.mart, one.check) for one in found] == [("mart_card_bills", w) for w in warned]
    assert [one.sample_keys for one in found] == ["account_id=c1, file_sha256=f1"] * len(warned)
