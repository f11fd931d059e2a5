"""One today: the civil day where the owners live, for marts, reports and commands alike."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows.house import plan_of, run_night, today
from flows.night import plain_doors
from schemas.settings import Settings
from warehouse.marts.publisher import LINK
from warehouse.marts.reader import query


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/Sao_Paulo", 28), ("UTC", 29), ("Asia/Tokyo", 29), ("Pacific/Honolulu", 28)],
)
def test_the_day_is_that_of_the_owners(zone: str, day: int, tmp_path: Path) -> None:
    late_evening = datetime(2026, 11, 29, 1, 30, tzinfo=UTC)
    settings = Settings(data_home=tmp_path, timezone=zone)
    assert today(settings, late_evening) == date(2026, 11, day)


def test_a_plan_carries_it(settings: Settings) -> None:
    plan = plan_of(settings)
    assert plan.today_on == today(settings, plan.started_at)


def test_a_charge_lapses_although_nothing_of_its_owner_was_touched(
    settings: Settings, tmp_path: Path
) -> None:
    charges = "".join(f"05/{month:02}/2025,-39.90,{month},Netflix.com\n" for month in range(1, 7))
    texts = {"ana": charges, "bia": "01/07/2025,-8.50,90,Padaria\n"}
    lapsed = []
    for owner, day in (("ana", date(2025, 6, 20)), ("bia", date(2025, 12, 1))):
        folder = tmp_path / owner / owner / "nubank-conta"
        folder.mkdir(parents=True)
        (folder / "2025.csv").write_text("Data,Valor,Identificador,Descrição\n" + texts[owner])
        plan = replace(plan_of(settings, root=tmp_path / owner), today_on=day)
        receipt, _ = run_night(settings, plan, plain_doors(), tell=lambda *_: None)
        rows = query(settings.marts / LINK, "SELECT is_lapsed FROM mart_recurring_candidates")
        lapsed += rows.get_column("is_lapsed").to_list()
    assert lapsed == [False, True]
    assert receipt.generation is not None
    assert receipt.generation.how == "brought up to date: 1 account touched"
