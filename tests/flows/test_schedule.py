"""The clock: one night a day, also on the days on which clocks are put forward or back."""

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.server.schemas.schedules import CronSchedule

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def schedule(request: pytest.FixtureRequest) -> dict[str, str]:
    """The schedule of the deployment, as it ships."""
    text = (Path(str(request.config.rootpath)) / "prefect.yaml").read_text(encoding="utf-8")
    (deployment,) = yaml.safe_load(text)["deployments"]
    (schedule,) = deployment["schedules"]
    return schedule


def nights(cron: str, zone: str, first: datetime, last: datetime) -> set[datetime]:
    """Every night that the scheduler plans, whenever it looks: it looks anew all the time."""
    calendar = CronSchedule(cron=cron, timezone=zone)
    looks = [first + n * HOUR / 2 for n in range(int((last - first) / HOUR) * 2)]
    return {at for look in looks for at in asyncio.run(calendar.get_dates(3, look, last))}


@pytest.mark.parametrize(
    ("zone", "changes_on"),
    [
        ("America/Sao_Paulo", "2018-11-04"),  # forward at midnight
        ("America/Sao_Paulo", "2019-02-17"),
        ("America/New_York", "2026-03-08"),
        ("America/New_York", "2026-11-01"),
        ("Europe/Lisbon", "2026-03-29"),
        ("Europe/Lisbon", "2026-10-25"),
        ("Europe/Athens", "2026-03-29"),  # there is no three o'clock
        ("Europe/Athens", "2026-10-25"),  # it is three o'clock twice
        ("Australia/Lord_Howe", "2026-04-05"),  # by half an hour
        ("Australia/Lord_Howe", "2026-10-04"),
    ],
)
def test_there_is_one_night_a_day_where_clocks_change(
    schedule: dict[str, str], zone: str, changes_on: str
) -> None:
    day = date.fromisoformat(changes_on)
    local = ZoneInfo(zone)
    first, last = (
        datetime(on.year, on.month, on.day, tzinfo=local)
        for on in (day - timedelta(days=1), day + timedelta(days=2))
    )
    assert len({at.utcoffset() for at in (first, last)}) == 2
    planned = nights(schedule["cron"], zone, first, last)
    by_day = Counter(at.astimezone(local).date() for at in planned)
    assert by_day == {day + timedelta(days=n): 1 for n in (-1, 0, 1)}


def test_the_deployment_names_its_zone_and_a_night_a_day(schedule: dict[str, str]) -> None:
    zone = ZoneInfo(schedule["timezone"])
    first = datetime(2026, 1, 1, tzinfo=zone)
    calendar = CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
    planned = asyncio.run(calendar.get_dates(400, first, first + timedelta(days=365)))
    assert len({at.astimezone(zone).date() for at in planned}) == len(planned) == 365
