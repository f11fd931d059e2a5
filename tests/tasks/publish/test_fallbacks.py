"""Any doubt about the last generation, and all marts are built whole; the answer says why."""

import multiprocessing
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import duckdb
import polars as pl
import pytest
from histories import differences, publish_at

from schemas.errors import PublishError
from tasks.publish import base
from warehouse.ledger import affected, reader, runs, words
from warehouse.ledger.connection import atomically
from warehouse.marts import publisher
from warehouse.marts.reader import query

FEWEST = """
SELECT account_id::text FROM transaction WHERE standing = 'counts'
GROUP BY 1 ORDER BY count(*), 1 LIMIT 1
"""


def published(mine, **changes) -> str:
    """How a night on top is published; it must equal what is built whole."""
    plan = replace(mine.plan(), **changes)
    answer = mine.publish(plan)
    assert list(differences(Path(answer.path).resolve(), mine.rebuilt(plan))) == []
    return answer.how


def tampered(mine, sql: str) -> None:
    """Change the published file behind everybody's back."""
    path = (mine.marts / publisher.LINK).resolve()
    path.chmod(0o644)
    with duckdb.connect(path) as con:
        con.execute(sql)
    path.chmod(0o444)


def test_without_a_doubt_nothing_is_built_whole(mine) -> None:
    assert published(mine) == "brought up to date: 0 accounts touched"
    assert published(mine) == "brought up to date: 0 accounts touched"


def test_a_month_that_begins_touches_no_account(mine) -> None:
    """What looks from today is of another day and month, for owners who are settled."""
    later, newest = timedelta(days=120), "SELECT max(month) FROM mart_monthly_balance"
    before = query((mine.marts / publisher.LINK).resolve(), newest).item()
    mine.wait(later)
    assert published(mine) == "brought up to date: 0 accounts touched"
    assert query((mine.marts / publisher.LINK).resolve(), newest).item() > before
    mine.wait(-later)
    assert published(mine) == "brought up to date: 0 accounts touched"


def test_a_transfer_that_is_rejected_touches_no_account(mine) -> None:
    """The platform's daily balances follow what movements mean, from that day on."""
    balances = "SELECT sum(closing_app_formula) FROM mart_daily_balance_app"
    for _ in range(8):
        plan = mine.load()
    shown = Path(mine.publish(plan).path).resolve()
    before = query(shown, balances).item()
    pairs = query(shown, "SELECT out_transaction_id, in_transaction_id FROM mart_transfers")
    with atomically(mine.engine) as connection:
        for pair in pairs.drop_nulls().rows():
            words.reject_pair(connection, *pair, datetime(2026, 3, 1, tzinfo=UTC))
    assert published(mine) == "brought up to date: 0 accounts touched"
    assert query((mine.marts / publisher.LINK).resolve(), balances).item() != before


def test_marts_that_are_gone(mine) -> None:
    (mine.marts / publisher.LINK).unlink()
    assert published(mine) == "built whole: nothing is published yet"


def test_a_rollback(mine) -> None:
    published(mine)
    shown = publisher.rollback(mine.marts)
    doubt = "built whole: what is published is not what the ledger published last"
    with atomically(mine.engine) as connection:
        runs.record_publication(
            connection,
            generation=shown.generation,
            action="rollback",
            run_id=None,
            at=mine.plan().started_at,
        )
    assert published(mine) == doubt
    publisher.rollback(mine.marts)  # and nobody wrote it down
    assert published(mine) == doubt


def test_another_recipe(mine) -> None:
    doubt = "built whole: the last generation was made by another recipe"
    assert published(mine, code_version="next") == doubt
    assert published(mine, code_version="next").startswith("brought up to date")


def test_a_manifest_of_another_time(mine) -> None:
    tampered(mine, "ALTER TABLE _manifest DROP COLUMN recipe")
    how = published(mine)
    assert how == "built whole: the last generation has no manifest that this program can read"


def test_a_file_under_the_name_of_another(mine) -> None:
    tampered(mine, "UPDATE _manifest SET generation = 'other'")
    assert published(mine) == "built whole: the last generation holds generation other"


@pytest.mark.parametrize("table", ["transaction", "transaction_version", "statement", "entry"])
def test_a_ledger_that_was_emptied(mine, table: str) -> None:
    with mine.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE kept AS TABLE {table}")
        connection.exec_driver_sql(f"TRUNCATE {table}")
        connection.exec_driver_sql(f"INSERT INTO {table} TABLE kept")
    how = published(mine)
    assert how == "built whole: the ledger was made anew, or lost an account or a file"


def test_an_account_that_is_withdrawn(mine) -> None:
    with mine.engine.begin() as connection:
        account = connection.exec_driver_sql(FEWEST).scalar()
        for table in ("transaction_version", "entry"):
            connection.exec_driver_sql(
                f"DELETE FROM {table} USING transaction t"
                f" WHERE t.transaction_id = {table}.transaction_id AND t.account_id = '{account}'"
            )
        for table in ("transaction", "statement", "account"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE account_id = '{account}'")
    assert published(mine) == "brought up to date: 1 account touched"


def test_a_word_and_a_rule_touch_no_account(mine) -> None:
    """What movements mean changes, in rows that nothing touched."""
    shown = Path(mine.publish(mine.plan()).path).resolve()
    said = "SELECT category_source, count(*) FROM fct_transactions GROUP BY ALL ORDER BY ALL"
    before = query(shown, said).rows()
    with mine.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO category_word (owner, scope, transaction_id, category, said_at)"
            " SELECT 'ana', 'transaction', min(transaction_id::text)::uuid, 'Food/Groceries', now()"
            " FROM transaction WHERE standing = 'counts'"
        )
    mine.rules = """[[rule]]
id = "all"
text = '.'
category = "Food/Groceries"
"""
    assert published(mine) == "brought up to date: 0 accounts touched"
    after = query((mine.marts / publisher.LINK).resolve(), said).rows()
    assert after != before
    assert {"person", "rule"} <= {source for source, _ in after}


def test_too_many_steps(mine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MOST_STEPS", 1)
    hows = [published(mine).split(":")[0] for _ in range(3)]
    assert hows == ["brought up to date", "built whole", "brought up to date"]


def test_most_of_it_touched(mine) -> None:
    with mine.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET owner = 'cleo'")
    assert "movements are new or touched, and " in published(mine)


def rename_one(mine) -> None:
    """Another owner for the account with the fewest movements."""
    with mine.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE account SET owner = 'cleo' WHERE account_id::text = ({FEWEST})"
        )


def test_one_account_is_renamed(mine) -> None:
    rename_one(mine)
    assert published(mine) == "brought up to date: 1 account touched"


def test_a_last_generation_that_lost_a_mart(mine) -> None:
    tampered(mine, "DROP TABLE mart_reconciliation")
    assert published(mine).startswith("built whole: bringing them up to date failed: ")


def test_a_slice_that_lost_a_movement_on_its_way(mine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The export is changed as a bad disk would; the marts would agree with the export."""
    rename_one(mine)
    export = reader.export

    def spoilt(*args: object, **options: object) -> dict[str, Path]:
        paths = export(*args, **options)
        if options.get("is_slice"):
            (part,) = paths["transaction"].iterdir()
            rows = pl.read_parquet(part)
            assert rows.height
            rows.head(-1).write_parquet(part)
        return paths

    monkeypatch.setattr(reader, "export", spoilt)
    how = published(mine)
    assert how.startswith("built whole: bringing them up to date failed: it shows")


def test_it_was_asked_for(mine) -> None:
    plan = mine.plan()
    answer = mine.publish(plan, "it was asked for")
    assert answer.how == "built whole: it was asked for"


def test_marts_that_do_not_add_up_to_the_ledger_are_built_whole_and_then_refused(mine) -> None:
    """A movement that the export cannot see: its entry is gone."""
    before = (mine.marts / publisher.LINK).readlink()
    with mine.engine.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM entry e USING transaction t WHERE (e.file_id, e.record_no) ="
            " (t.file_id, t.record_no) AND t.transaction_id = (SELECT transaction_id"
            " FROM transaction WHERE standing = 'counts' ORDER BY booked_on DESC LIMIT 1)"
        )
    with pytest.raises(PublishError, match="the ledger holds"):
        mine.publish(mine.plan())
    assert (mine.marts / publisher.LINK).readlink() == before


def test_a_night_that_is_killed_while_it_brings_marts_up_to_date(mine) -> None:
    link = mine.marts / publisher.LINK
    before = link.readlink()
    rename_one(mine)
    plan = mine.plan()
    with reader.snapshot(mine.engine) as connection:
        notes = affected.noted(connection)
    at = plan.started_at + timedelta(minutes=1)
    night = multiprocessing.get_context("spawn").Process(target=publish_at, args=(plan, at))
    night.start()
    target = publisher.build_path(mine.marts, publisher.generation_id(at, plan.run_id[:8]))
    until = monotonic() + 60
    while not list(target.parent.glob("*.duckdb")) and monotonic() < until:
        sleep(0.001)
    os.kill(night.pid, signal.SIGKILL)
    night.join()
    assert night.exitcode == -signal.SIGKILL
    assert link.readlink() == before
    with reader.snapshot(mine.engine) as connection:
        assert affected.noted(connection) == notes
    assert published(mine) == "brought up to date: 1 account touched"
    assert not list((mine.marts / publisher.BUILD).glob("*"))
