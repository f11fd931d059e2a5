"""A generation of the samples that a test may change as it likes."""

import shutil
from pathlib import Path

import duckdb
import pytest

from schemas.settings import Settings
from warehouse.marts import publisher


@pytest.fixture(scope="session")
def sample_marts(sample_house: Settings) -> Path:
    """The published link of a house that has read the samples; for reading only."""
    return sample_house.marts / publisher.LINK


@pytest.fixture
def changed_marts(sample_marts: Path, tmp_path: Path):
    """Makes a generation of this test's own, changed by some SQL."""

    def change(*statements: str) -> Path:
        mine = tmp_path / "mine.duckdb"
        shutil.copyfile(sample_marts.resolve(), mine)
        with duckdb.connect(mine) as con:
            for statement in statements:
                con.execute(statement)
        return mine

    return change
