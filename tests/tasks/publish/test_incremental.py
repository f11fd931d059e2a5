"""Marts that are brought up to date night by night equal marts that are built whole."""

from pathlib import Path

import pytest
from histories import differences

from warehouse.marts.catalog import of_runs
from warehouse.marts.digest import digests
from warehouse.marts.publisher import current, verify
from warehouse.marts.reader import query

MEANT = "SELECT count(*) FROM fct_transactions WHERE transfer_id IS NOT NULL"


@pytest.mark.parametrize("seed", range(1, 3))
def test_night_by_night_equals_built_whole(seed: int, house) -> None:
    mine = house(seed)
    for _ in range(6):
        mine.load()
    hows, legs, settled = [], [], []
    for number in range(6):
        plan = mine.plan() if number % 4 == 2 else mine.load()
        if number % 2 == 0:
            mine.speak()
            plan = mine.plan()
        settled.append(mine.settled(plan))
        published = mine.publish(plan)
        hows.append(published.how)
        whole = mine.rebuilt(plan)
        file = Path(published.path).resolve()
        assert list(differences(file, whole)) == [], published.how
        mine_now, anew = digests(file), digests(whole)
        assert published.digests == mine_now
        assert {m for m, one in anew.items() if mine_now[m] != one} <= of_runs()
        verify(file, current(mine.marts))
        legs.append(query(file, MEANT).item())
    assert hows[0] == "built whole: nothing is published yet"
    assert any(how.startswith("brought up to date") for how in hows), hows
    assert not any("failed" in how for how in hows), hows
    assert len(set(legs)) > 1, legs
    assert {("ana",), ("bia",)} & set(settled), settled
    assert () in settled[1:], settled
