"""Real statements, scattered over nights, make the same tables as in one night."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

from flows.house import open_ledger, plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings
from warehouse.ledger import embedded, reader

NIGHTS = 4


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
    return {**held, **receipt.generation.digests}


def test_nights_in_any_order_make_what_one_night_makes(
    houses: tuple[Settings, Settings], corpus: Path, tmp_path: Path, of_arrival: frozenset[str]
) -> None:
    one, other = houses
    expected = night(one, corpus)
    parts = [tmp_path / f"night-{number}" for number in range(NIGHTS)]
    for path in (path for path in corpus.rglob("*") if path.is_file()):
        # Each folder of the corpus is an owner's, in the parts as in the whole.
        name = path.relative_to(corpus)
        target = parts[crc32(str(name).encode()) % NIGHTS] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    *_, found = (night(other, part) for part in parts)
    assert {name for name in expected if found[name] != expected[name]} <= of_arrival
