"""The ways of writing days: what the shape of the cells allows, and that a name means one month."""

import pytest

from tasks.extract.propose.dates import WITH_TIME, Way, ways_of
from tasks.extract.words import MONTHS


def test_a_name_means_one_month_in_every_language() -> None:
    months: dict[str, set[int]] = {}
    for names in MONTHS:
        assert len(set(names)) == 12
        for number, name in enumerate(names):
            months.setdefault(name, set()).add(number)
    assert {name for name, numbers in months.items() if len(numbers) > 1} == set()


@pytest.mark.parametrize(
    ("cell", "formats"),
    [
        ("01-Mar-2026", ["%d-%m-%Y"]),
        ("Mar 1, 2026", ["%m %d, %Y"]),
        ("1 de março de 2026", ["%d de %m de %Y"]),
        ("01.set.26", ["%d.%m.%y", "%y.%m.%d"]),
        ("2026 May 1", ["%Y %m %d"]),
        ("Market 1, 2026", []),
        ("mar", []),
        ("1 mar", []),
        ("100% mar 2026", []),
        ("March, 12", []),
    ],
)
def test_names_of_months(cell: str, formats: list[str]) -> None:
    found = [way for way in ways_of([cell]) if way.month_names]
    assert list(dict.fromkeys(way.date_format for way in found)) == formats


@pytest.mark.parametrize("clock", [" 14:35", "T14:35:01", ", 2:35 PM", " 00:00:00.000", "  9:05"])
def test_a_time_of_day_stands_behind_the_day(clock: str) -> None:
    plain = list(ways_of(["13/03/2026"]))
    assert [way.date_part for way in plain] == [""] * 6
    timed = list(ways_of(["13/03/2026" + clock]))
    assert timed == [Way(way.date_format, WITH_TIME) for way in plain]


def test_a_few_cells_may_be_something_else() -> None:
    cells = ["Fim do extrato", "13/03/2026 14:35", "14/03/2026"]
    assert {way.date_part for way in ways_of(cells)} == {""}
    assert {way.date_part for way in ways_of([*cells, "15/03/2026 1:00"])} == {WITH_TIME}


@pytest.mark.parametrize(
    "cells",
    [
        ["2026-03-01T14:35:00Z"],
        ["2026-03-01 14:35+02:00"],
        ["2026-03-01 14:35 UTC"],
        ["14:35"],
        ["x 14:35"],
        [],
    ],
)
def test_a_zone_may_mean_another_day_and_a_time_alone_is_none(cells: list[str]) -> None:
    assert list(ways_of(cells)) == []
