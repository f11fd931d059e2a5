"""What a merchant was called before: dated by the owner, and known under every name."""

from datetime import UTC, datetime

import polars as pl
import pytest

from schemas.errors import SettingsError
from schemas.words import CATEGORY_WORD
from tasks.enrich.renaming import as_called_now
from tasks.enrich.rules import read_rules

RENAMED = """
[[vendor]]
name = "Cantina Nova"
texts = ['^CANTINA NOVA']
owner = "ana"
formerly = [{ name = "Da Nonna", until = 2025-03-10 }]
"""


def test_a_word_about_a_former_name_holds_on() -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC)
    words = pl.DataFrame(
        [
            (1, "ana", "vendor", None, "DA NONNA", "Food/Restaurants", at),
            (2, "bia", "vendor", None, "DA NONNA", "Food/Groceries", at),
            (3, "ana", "transaction", "t1", None, "Housing/Rent", at),
        ],
        schema=CATEGORY_WORD,
        orient="row",
    )
    now = as_called_now(words, read_rules(RENAMED)).get_column("vendor").to_list()
    assert now == ["CANTINA NOVA", "DA NONNA", None]


@pytest.mark.parametrize("days", [("2025-03-10", "2025-03-09"), ("2025-03-10", "2025-03-10")])
def test_former_names_stand_in_the_order_of_their_days(days: tuple[str, str]) -> None:
    names = ", ".join(f'{{ name = "N{day}", until = {day} }}' for day in days)
    text = f"[[vendor]]\nname = 'X'\ntexts = ['X']\nformerly = [{names}]\n"
    with pytest.raises(SettingsError, match="in the order of their days"):
        read_rules(text)


def test_a_former_name_without_a_day_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"vendor.0.formerly.0.until: Field required"):
        read_rules("[[vendor]]\nname = 'X'\ntexts = ['X']\nformerly = [{ name = 'Y' }]\n")
