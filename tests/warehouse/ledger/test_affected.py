"""Whatever hand changes the ledger, the account and the day are noted for the next publication."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from warehouse.ledger import affected, reader, rebuild, runs
from warehouse.ledger.connection import atomically

Load = Callable[..., object]
JANUARY = "2026-01-01"
WRITE_VERSIONS = """
INSERT INTO transaction_version
SELECT transaction_id, known_from, known_from, status, standing, because FROM transaction
"""


def noted(engine: sa.Engine) -> affected.Notes:
    with reader.snapshot(engine) as connection:
        return affected.noted(connection)


def forget(engine: sa.Engine) -> None:
    with atomically(engine) as connection:
        affected.settle(connection, affected.noted(connection).ids)


DROP_FILE = """
INSERT INTO decision (sha256, level, word, reason, said_by, said_at)
SELECT sha256, 'file', 'dropped', 'twice', 'ana', now() FROM file
"""


@pytest.fixture
def known(engine: sa.Engine, load: Load) -> str:
    """An account with two movements, of which nothing is noted; answers with its id."""
    load(("a.csv", [(5, "-5.00", "CAFE"), (9, "-7.00", "CAFE")]))
    (account,) = noted(engine).from_days
    forget(engine)
    assert noted(engine) == affected.Notes((), is_everything=False, from_days={})
    return account


def test_a_new_account_is_noted_from_its_first_day(engine, load) -> None:
    forget(engine)
    load(("a.csv", [(5, "-5.00", "CAFE")]))
    notes = noted(engine)
    assert list(notes.from_days.values()) == ["-infinity"]
    assert not notes.is_everything


def test_a_new_movement_is_noted_from_its_month_on(engine, load, known) -> None:
    load(("b.csv", [(20, "-3.00", "KIOSK")]))
    assert noted(engine).from_days == {known: JANUARY}


def test_the_same_file_and_its_like_say_nothing_of_the_account_as_a_whole(
    engine, load, known
) -> None:
    load(("c.csv", [(9, "-7.00", "CAFE")]))
    assert noted(engine).from_days == {known: JANUARY}  # a statement, and no "-infinity"


@pytest.mark.parametrize(
    ("sql", "from_day"),
    [
        ("UPDATE transaction SET standing = 'replaced' WHERE amount = -7", JANUARY),
        ("UPDATE transaction SET booked_on = booked_on + 60 WHERE amount = -7", JANUARY),
        ("DELETE FROM transaction WHERE amount = -7", JANUARY),
        ("DELETE FROM entry WHERE record_no = 1", JANUARY),
        ("UPDATE entry SET description = 'x'", JANUARY),
        ("UPDATE statement SET status = 'accepted', starts_on = '2025-12-30'", "2025-12-01"),
        ("DELETE FROM statement", JANUARY),
        ("UPDATE account SET owner = 'bia'", "-infinity"),
        ("UPDATE file SET name = 'other.csv'", JANUARY),
        (WRITE_VERSIONS, JANUARY),
        (DROP_FILE, "infinity"),
    ],
)
def test_a_change_by_hand_is_noted(engine, known, sql: str, from_day: str) -> None:
    with engine.begin() as connection:
        assert connection.exec_driver_sql(sql).rowcount
    assert noted(engine).from_days == {known: from_day}


def test_an_account_that_is_gone_is_noted(engine, known) -> None:
    with engine.begin() as connection:
        for table in ("entry", "transaction", "statement", "account"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    assert noted(engine) == affected.Notes(
        noted(engine).ids, is_everything=False, from_days={known: "-infinity"}
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE account SET owner = owner",
        "UPDATE file SET attempts = attempts + 1",
        "DELETE FROM account WHERE owner = 'nobody'",
    ],
)
def test_what_no_mart_shows_makes_no_day_anew(engine, known, sql: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(sql)
    assert set(noted(engine).from_days.values()) <= {"infinity"}


def test_a_cleared_ledger_is_everything(engine, known) -> None:
    with atomically(engine) as connection:
        rebuild.clear(connection)
    assert noted(engine).is_everything
    forget(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE transaction_version")
    assert noted(engine).is_everything


def test_a_publication_takes_out_only_what_it_has_seen(engine, load, known) -> None:
    load(("b.csv", [(20, "-3.00", "KIOSK")]))
    with reader.snapshot(engine) as connection:
        seen = affected.noted(connection)
        load(("d.csv", [(21, "-4.00", "KIOSK")]))
        assert affected.noted(connection) == seen
    with atomically(engine) as connection:
        affected.settle(connection, seen.ids)
    left = noted(engine)
    assert left.from_days == {known: JANUARY}
    assert not set(left.ids) & set(seen.ids)


def test_a_rollback_is_no_publication(engine) -> None:
    at = datetime(2026, 1, 10, 6, tzinfo=UTC)
    with atomically(engine) as connection:
        assert affected.last_published(connection) is None
        for generation, action in (("g1", "publish"), ("g2", "publish")):
            runs.record_publication(
                connection, generation=generation, action=action, run_id=None, at=at
            )
        assert affected.last_published(connection) == "g2"
        runs.record_publication(connection, generation="g1", action="rollback", run_id=None, at=at)
        assert affected.last_published(connection) is None


def test_a_slice_exports_what_is_noted_and_no_more(engine, load, known, tmp_path) -> None:
    load(("b.csv", [(20, "-3.00", "KIOSK")]))
    at = datetime(2026, 1, 10, 6, tzinfo=UTC)
    run_id = "00000000-0000-0000-0000-000000000000"

    def exported(*, is_slice: bool) -> dict[str, list[str]]:
        with reader.snapshot(engine) as connection:
            paths = reader.export(connection, tmp_path, run_id=run_id, at=at, is_slice=is_slice)
            totals = reader.totals(connection, is_slice=is_slice)
        lines = {name: sorted(printed(path)) for name, path in paths.items()}
        assert totals["BRL"][0] == len(lines["transaction"]) - 1
        return lines

    whole, touched = exported(is_slice=False), exported(is_slice=True)
    assert touched.pop("affected") == sorted(["account_id,since_on", f"{known},{JANUARY}"])
    assert touched == whole
    forget(engine)
    nothing = exported_after(engine, tmp_path, run_id, at)
    assert [name for name, rows in nothing.items() if rows > 1] == ["account", "arrival", "run"]


def printed(path: Path) -> list[str]:
    """A table of an export as lines, with its header."""
    text = pl.read_parquet(path).write_csv() if path.is_dir() else path.read_text()
    return text.splitlines()


def exported_after(engine, folder, run_id, at) -> dict[str, int]:
    with reader.snapshot(engine) as connection:
        paths = reader.export(connection, folder, run_id=run_id, at=at, is_slice=True)
        assert reader.totals(connection, is_slice=True) == {}
    return {name: len(printed(path)) for name, path in paths.items()}
