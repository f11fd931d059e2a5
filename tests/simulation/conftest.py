"""A stage for the seeds of a session, one a worker."""

from collections.abc import Iterator

import pytest
from simulator.stage import Stage, stage


@pytest.fixture(scope="session")
def place() -> Iterator[Stage]:
    """A data home with a server, in which seeds are played one after the other."""
    with stage() as place:
        yield place
