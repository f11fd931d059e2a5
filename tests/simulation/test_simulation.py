"""Random nights with faults end like one calm night; `make simulate` plays more of them."""

import pytest
from simulator.play import play
from simulator.stage import Stage
from simulator.world import world

SEEDS = range(1, 21)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_ends_as_it_should(seed: int, place: Stage) -> None:
    story = play(seed, place)
    assert not story.problems, str(story)


def test_a_seed_is_one_world() -> None:
    assert world(7) == world(7)
    assert world(7) != world(8)
    assert len({file.path for file in world(7).files}) == len(world(7).files)
