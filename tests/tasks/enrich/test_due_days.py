"""BR-23, BR-30, M9 (c), M10 (b): due days without drift."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.enrich.due_days import CYCLES, due, dues, next_due

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("anchor", "found"),
    [
        (date(2025, 1, 31), ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]),
        (date(2024, 1, 31), ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
    ],
)
def test_a_31st_comes_back(anchor: date, found: list[str]) -> None:
    assert [str(due(anchor, "monthly", n)) for n in range(4)] == found


def test_quarters_years_and_weeks() -> None:
    assert due(date(2024, 11, 30), "quarterly", 1) == date(2025, 2, 28)
    assert due(date(2024, 2, 29), "yearly", 1) == date(2025, 2, 28)
    assert due(date(2024, 2, 29), "yearly", 4) == date(2028, 2, 29)
    weeks = dues(date(2025, 3, 3), "weekly", date(2025, 3, 1), date(2025, 3, 31))
    assert [day.day for day in weeks] == [3, 10, 17, 24, 31]


@given(anchor=DAYS, cycle=st.sampled_from(CYCLES), day=DAYS, span=st.integers(0, 800))
def test_dues_are_all_that_there_are(anchor: date, cycle: str, day: date, span: int) -> None:
    last = day + timedelta(days=span)
    every = (
        {due(anchor, cycle, n) for n in range(-5000, 5000)}
        if cycle == "weekly"
        else {due(anchor, cycle, n) for n in range(-1100, 1100)}
    )
    expected = sorted(one for one in every if day <= one <= last)
    assert list(dues(anchor, cycle, day, last)) == expected
    following = next_due(anchor, cycle, day)
    assert following == min(one for one in every if one > day)
