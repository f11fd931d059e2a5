"""Real statements in random nights make the same tables as in one, where the corpus is at hand."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.house import open_ledger, plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings
from warehouse.ledger import embedded, reader
from warehouse.marts.catalog import of_runs

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
ARRIVAL = {"fct_transaction_versions", "mart_reconciliation", "mart_statement_coverage"}
"""Marts that say when a file came."""
NIGHTS = 4

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the project")


@pytest.fixture
def houses(
    postgres: embedded.Server, migrated: str, tmp_path: Path
) -> Iterator[tuple[Settings, Settings]]:
    """Two houses without a statement."""
    names = ("corpus_once", "corpus_in_nights")
    one, other = (
        Settings(
            data_home=tmp_path / name,
            database_url=embedded.create_database(postgres, name, template=migrated),
            batch_files=batch_files,
        )
        for name, batch_files in zip(names, (2_000, 50), strict=True)
    )
    yield one, other
    for name in names:
        embedded.drop_database(postgres, name)


def night(settings: Settings, root: Path) -> dict[str, str]:
    """One night, published: the digests of all tables of the ledger, and of the marts."""
    receipt, _ = run_night(
        settings, plan_of(settings, root=root), plain_doors(), tell=lambda *_: None
    )
    assert receipt.generation is not None, receipt.audit
    engine = open_ledger(settings)
    with reader.snapshot(engine) as connection:
        held = reader.digests(connection)
    engine.dispose()
    marts = receipt.generation.digests
    return held | {name: marts[name] for name in marts.keys() - of_runs() - ARRIVAL}


@pytest.mark.parametrize("seed", [7])
def test_random_nights_make_what_one_night_makes(
    seed: int, houses: tuple[Settings, Settings], tmp_path: Path
) -> None:
    one, other = houses
    expected = night(one, CORPUS)
    chance = random.Random(seed)  # noqa: S311 - repeatable
    for path in sorted(path for path in CORPUS.rglob("*") if path.is_file()):
        # Each folder of the corpus is an owner's, in the parts as in the whole.
        target = tmp_path / f"night-{chance.randrange(NIGHTS)}" / path.relative_to(CORPUS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for number in chance.sample(range(NIGHTS), NIGHTS):
        found = night(other, tmp_path / f"night-{number}")
    assert {name for name in expected if found[name] != expected[name]} == set()
