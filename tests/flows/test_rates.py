"""rates.csv of the data home: read when it is there, refused when it makes no sense."""

from pathlib import Path

import pytest

from flows.house import plan_of
from flows.rates import read_own_rates
from schemas.errors import SettingsError
from schemas.settings import Settings

RATES = "day,currency,quote_currency,rate,source\n2026-03-31,USD,BRL,5.1,PTAX\n"


def test_without_the_file_there_are_no_rates(tmp_path: Path) -> None:
    assert read_own_rates(tmp_path / "rates.csv") is None


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_plan_takes_the_text_along(settings: Settings, start: bytes) -> None:
    settings.home.mkdir()
    settings.rates.write_bytes(start + RATES.encode())
    mine = settings.model_copy(update={"base_currency": "EUR", "rate_days": 3})
    plan = plan_of(mine)
    assert (plan.rates, plan.base_currency, plan.rate_days) == (RATES, "EUR", 3)


@pytest.mark.parametrize("content", [b"caf\xe9", RATES.replace("5.1", "x").encode()])
def test_what_makes_no_sense_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rates.csv"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"rates\.csv") as caught:
        read_own_rates(path)
    assert caught.value.remedy
