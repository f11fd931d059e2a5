"""One today: the civil day where the owners live, for marts, reports and commands alike."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows.house import plan_of, today
from schemas.settings import Settings


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
