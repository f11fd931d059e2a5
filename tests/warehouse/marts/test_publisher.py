"""The swap: readers keep what they opened, new readers see the newest, damage is refused."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from threading import Event

import duckdb
import polars as pl
import pytest

from schemas.errors import PublishError
from warehouse.marts import publisher
from warehouse.marts.builder import Built
from warehouse.marts.catalog import load_catalog
from warehouse.marts.publisher import clean, current, generations, prune, publish, rollback, verify
from warehouse.marts.reader import connect, query

Build = Callable[..., Built]
AMOUNT = "SELECT amount FROM fct_transactions"


@pytest.fixture
def make(make: Build) -> Build:
    """Generations of two marts: the swap does not care how many there are."""
    two = [m for m in load_catalog() if m.name in {"fct_transactions", "mart_pipeline_runs"}]

    def made(given: Mapping[str, pl.DataFrame], night: int = 1) -> Built:
        return make(given, night, marts=two)

    return made


def ledger(amount: int) -> dict[str, pl.DataFrame]:
    frame = pl.DataFrame({"amount": [Decimal(amount)]})
    return {"transaction": frame.with_columns(booked_on=pl.date(2025, 3, 6))}


def shown(marts: Path) -> int:
    return int(query(marts / "buffet.duckdb", AMOUNT).item())


def nights(make: Build, marts: Path, count: int) -> list[str]:
    done = []
    for night in range(1, count + 1):
        built = make(ledger(night), night=night)
        done.append(publish(built.path, marts, built.generation).generation)
    return done


def test_a_generation_is_swapped_in(make: Build, marts: Path) -> None:
    assert current(marts) is None
    built = make(ledger(1))
    published = publish(built.path, marts, built.generation)
    assert published.previous is None
    assert published.path == marts / "generations" / f"{built.generation}.duckdb"
    assert published.link.readlink() == Path("generations") / published.path.name
    assert current(marts) == built.generation
    assert list((marts / ".build").iterdir()) == []
    assert shown(marts) == 1


def test_the_folder_may_be_moved(make: Build, marts: Path) -> None:
    nights(make, marts, 1)
    assert shown(marts.rename(marts.parent / "elsewhere")) == 1


def test_an_open_reader_survives_twenty_nights(make: Build, marts: Path) -> None:
    nights(make, marts, 1)
    with connect(marts / "buffet.duckdb") as early:
        for night in range(2, 22):
            built = make(ledger(night), night=night)
            publish(built.path, marts, built.generation)
            prune(marts, keep=2)
            assert early.execute(AMOUNT).fetchall() == [(Decimal(1),)]
            assert shown(marts) == night
    assert len(generations(marts)) == 2


def test_eight_readers_see_one_generation_each_over_fifty_swaps(make: Build, marts: Path) -> None:
    """Threads of one program, each of which opens, asks and closes over and over."""
    first, second = nights(make, marts, 2)
    link, is_over = marts / "buffet.duckdb", Event()

    def read() -> set[tuple[str, int]]:
        seen = set()
        while not is_over.is_set():
            with connect(link) as con:
                stated = con.execute("SELECT DISTINCT generation FROM _manifest").fetchall()
                (amounts,) = con.execute(AMOUNT).fetchall()
            assert len(stated) == 1
            seen.add((stated[0][0], int(amounts[0])))
        return seen

    with ThreadPoolExecutor(8) as threads:
        readers = [threads.submit(read) for _ in range(8)]
        try:
            for number in range(50):
                rollback(marts, to=(first, second)[number % 2])
            shown(marts)
        finally:
            is_over.set()
        seen = set().union(*(reader.result() for reader in readers))
    assert seen <= {(first, 1), (second, 2)}
    assert len(seen) == 2


def test_rollback_and_forth(make: Build, marts: Path) -> None:
    first, second, third = nights(make, marts, 3)
    published = rollback(marts)
    assert (published.generation, published.previous) == (second, third)
    assert shown(marts) == 2
    assert rollback(marts).generation == first
    with pytest.raises(PublishError, match="no earlier generation"):
        rollback(marts)
    assert rollback(marts, to=third).generation == third
    assert shown(marts) == 3
    with pytest.raises(PublishError, match="not among the generations"):
        rollback(marts, to="20200101T000000Z-none")


def test_rollback_before_the_first_night(marts: Path) -> None:
    with pytest.raises(PublishError, match="no earlier generation"):
        rollback(marts)


def test_prune_keeps_the_last_ones(make: Build, marts: Path) -> None:
    done = nights(make, marts, 4)
    assert prune(marts, keep=2) == tuple(done[:2])
    assert generations(marts) == tuple(done[2:])
    assert shown(marts) == 4


def test_prune_after_a_rollback_keeps_the_current_and_the_newer(make: Build, marts: Path) -> None:
    done = nights(make, marts, 4)
    rollback(marts, to=done[1])
    assert prune(marts, keep=1) == (done[0],)
    assert generations(marts) == tuple(done[1:])
    assert shown(marts) == 2


def test_prune_before_the_first_night(marts: Path) -> None:
    assert prune(marts, keep=1) == ()


def test_a_foreign_wal_beside_the_link_is_removed(make: Build, marts: Path) -> None:
    nights(make, marts, 1)
    (marts / "buffet.duckdb.wal").write_bytes(b"of another build")
    built = make(ledger(2), night=2)
    publish(built.path, marts, built.generation)
    with duckdb.connect(marts / "buffet.duckdb", read_only=True) as con:
        assert con.execute(AMOUNT).fetchall() == [(Decimal(2),)]


def test_a_file_that_was_not_sealed_is_refused(make: Build, marts: Path) -> None:
    built = make(ledger(1))
    built.path.with_name(built.path.name + ".wal").write_bytes(b"open")
    with pytest.raises(PublishError, match="it was not sealed"):
        publish(built.path, marts, built.generation)
    assert current(marts) is None


@pytest.mark.parametrize("is_just_made", [True, False])
def test_a_flipped_byte_is_refused(make: Build, marts: Path, *, is_just_made: bool) -> None:
    nights(make, marts, 1)
    built = make(ledger(2), night=2)
    made = built if is_just_made else None
    built.path.chmod(0o644)
    sound = built.path.read_bytes()
    # The blocks stand after three headers of 4096 bytes, each under a checksum of its own.
    for place in range(3 * 4096 + 100, len(sound), len(sound) // 12):
        data = bytearray(sound)
        data[place] ^= 1
        built.path.write_bytes(data)
        with pytest.raises(PublishError, match=r"is damaged|cannot be opened|differs"):
            publish(built.path, marts, built.generation, made=made)
        assert shown(marts) == 1
    built.path.write_bytes(sound)
    publish(built.path, marts, built.generation, made=made)
    assert shown(marts) == 2


def test_a_truncated_file_is_refused(make: Build, marts: Path) -> None:
    built = make(ledger(1))
    built.path.chmod(0o644)
    built.path.write_bytes(built.path.read_bytes()[: 3 * 4096 + 1000])
    with pytest.raises(PublishError, match=r"is damaged|cannot be opened"):
        publish(built.path, marts, built.generation)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE fct_transactions SET amount = amount + 0.01",
        "DELETE FROM fct_transactions",
        "DROP TABLE mart_pipeline_runs",
        "CREATE TABLE mine AS SELECT 1 AS one",
    ],
)
@pytest.mark.parametrize("is_just_made", [True, False])
def test_a_change_after_the_build_is_refused(
    make: Build, marts: Path, sql: str, *, is_just_made: bool
) -> None:
    built = make(ledger(1))
    made = built if is_just_made else None
    built.path.chmod(0o644)
    with duckdb.connect(built.path) as con:
        con.execute(sql)
    with pytest.raises(PublishError, match="differs from what was written"):
        publish(built.path, marts, built.generation, made=made)


def test_another_generation_is_refused(make: Build, marts: Path) -> None:
    built = make(ledger(1))
    with pytest.raises(PublishError, match=f"holds generation {built.generation}"):
        publish(built.path, marts, "20250402T060000Z-run2")


@pytest.mark.parametrize("generation", ["", "../x", ".hidden", "a/b"])
def test_an_id_must_be_a_file_name(make: Build, marts: Path, generation: str) -> None:
    built = make(ledger(1))
    with pytest.raises(PublishError, match="cannot be a file name"):
        publish(built.path, marts, generation)


def test_a_generation_is_published_once(make: Build, marts: Path) -> None:
    nights(make, marts, 1)
    again = make(ledger(9), night=1)
    with pytest.raises(PublishError, match="among the generations already"):
        publish(again.path, marts, again.generation)
    assert shown(marts) == 1


def test_a_night_that_was_killed_before_the_swap_goes_on(make: Build, marts: Path) -> None:
    built = make(ledger(1))
    moved = marts / "generations" / built.path.name
    moved.parent.mkdir()
    built.path.rename(moved)
    assert publish(built.path, marts, built.generation).generation == built.generation
    assert shown(marts) == 1


def test_nothing_was_built(marts: Path) -> None:
    with pytest.raises(PublishError, match="no marts are published there"):
        publish(marts / ".build" / "g1.duckdb", marts, "g1")


def test_a_plain_file_in_the_place_of_the_link_is_kept(make: Build, marts: Path) -> None:
    (marts / "buffet.duckdb").write_bytes(b"somebody's own")
    built = make(ledger(1))
    with pytest.raises(PublishError, match="is a file, not a link"):
        publish(built.path, marts, built.generation)
    assert (marts / "buffet.duckdb").read_bytes() == b"somebody's own"


def test_clean_removes_what_killed_nights_left(make: Build, marts: Path) -> None:
    (done,) = nights(make, marts, 1)
    make(ledger(2), night=2)
    (marts / ".build" / "x.duckdb.tmp").mkdir()
    (marts / ".build" / "x.duckdb.tmp" / "block").write_bytes(b"x")
    (marts / ".buffet.duckdb.gone").symlink_to("generations/gone.duckdb")
    (marts / "generations" / f"{done}.duckdb.wal").write_bytes(b"x")
    assert len(clean(marts)) == 4
    assert sorted(path.name for path in marts.iterdir()) == [
        ".build",
        "buffet.duckdb",
        "generations",
    ]
    assert list((marts / ".build").iterdir()) == []
    assert shown(marts) == 1
    assert clean(marts) == ()


def test_ids_sort_by_time() -> None:
    east = timezone(timedelta(hours=5))
    early = publisher.generation_id(datetime(2025, 1, 1, 4, tzinfo=east), "z")
    late = publisher.generation_id(datetime(2025, 1, 1, 0, tzinfo=UTC), "a")
    assert early == "20241231T230000Z-z"
    assert early < late


def test_verify_reads_a_good_file(make: Build) -> None:
    built = make(ledger(1))
    verify(built.path, built.generation)
