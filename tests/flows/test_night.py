"""The night: any order, any batching, any number of times, and an audit that can say no."""

import shutil
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from flows.house import one_run, open_ledger, plan_of, run_night
from flows.night import pack, plain_doors
from schemas.errors import LedgerBusy
from schemas.money import MONEY
from schemas.night import AuditSummary
from schemas.settings import Settings
from schemas.ticket import Ticket
from tasks.sample.write import write_samples
from warehouse.ledger import embedded, reader
from warehouse.marts import publisher
from warehouse.marts.catalog import load_catalog, of_runs
from warehouse.marts.reader import query


def ledger_digests(settings: Settings) -> dict[str, str]:
    engine = open_ledger(settings)
    with reader.snapshot(engine) as connection:
        found = reader.digests(connection)
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A world of samples, and its truth."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder / "files", seed=7, months=2, truth=folder / "truth")
    return folder / "files", folder / "truth"


def test_the_night_finds_the_truth(samples, run, settings: Settings) -> None:
    folder, truth = samples
    receipt = run(folder)
    assert receipt.status == "published"
    files = pl.read_csv(truth / "truth_files.csv")
    expected = dict(files.group_by("status").len().iter_rows())
    found = {name: number for name, number in receipt.outcomes().items() if number}
    assert found == expected
    assert receipt.receipt.markers == files.get_column("marker_count").sum()
    real = pl.read_csv(
        truth / "truth_transactions.csv", schema_overrides={"amount": pl.String}
    ).filter(pl.col("loaded_count") > 0)
    assert receipt.receipt.inserted == real.height
    found_sums = query(
        settings.marts / "buffet.duckdb",
        "SELECT booked_on, amount, currency, count(*) AS n FROM fct_transactions GROUP BY ALL",
    )
    true_sums = (
        real.select(
            pl.col("booked_on").str.to_date(),
            pl.col("amount").cast(MONEY),
            "currency",
        )
        .group_by("booked_on", "amount", "currency")
        .agg(pl.len().alias("n").cast(pl.Int64))
    )
    order = ["booked_on", "currency", "amount"]
    assert found_sums.sort(order).equals(true_sums.sort(order))


def test_running_again_changes_no_table(samples, run) -> None:
    folder, _ = samples
    first, again = run(folder), run(folder)
    assert again.receipt.inserted == 0
    assert again.receipt.read == first.receipt.read
    changed = {
        mart
        for mart, digest in first.generation.digests.items()
        if again.generation.digests[mart] != digest
    }
    assert changed == of_runs()


def test_one_night_or_three_in_any_order_and_batching_make_the_same_tables(
    samples, run, settings: Settings, postgres, migrated, of_arrival, tmp_path: Path
) -> None:
    folder, _ = samples
    whole = run(folder)
    other = settings.model_copy(
        update={
            "data_home": tmp_path / "other",
            "database_url": SecretStr(
                embedded.create_database(postgres, f"other_{tmp_path.name}", template=migrated)
            ),
            "batch_files": 2,
        }
    )
    paths = sorted((path for path in folder.rglob("*") if path.is_file()), reverse=True)
    for night in range(3):
        for path in paths[night::3]:
            target = other.inbox / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        plan = plan_of(other)
        last, _ = run_night(other, plan, plain_doors(), tell=lambda *_: None)
    assert ledger_digests(other) == ledger_digests(settings)
    for mart in set(whole.generation.digests) - of_arrival:
        assert last.generation.digests[mart] == whole.generation.digests[mart], mart


def test_a_dry_run_keeps_nothing(samples, settings: Settings) -> None:
    folder, _ = samples
    open_ledger(settings).dispose()
    before = ledger_digests(settings)
    plan = plan_of(settings, root=folder, is_dry_run=True)
    receipt, report = run_night(settings, plan, plain_doors(), tell=lambda *_: None)
    assert (receipt.status, report) == ("dry_run", None)
    assert receipt.receipt.inserted > 0
    assert ledger_digests(settings) == before
    real, _ = run_night(
        settings, plan_of(settings, root=folder), plain_doors(), tell=lambda *_: None
    )
    assert receipt.changes == real.changes
    assert sum(one.added for one in real.changes.by_month) == real.receipt.inserted
    again, _ = run_night(
        settings, plan_of(settings, root=folder), plain_doors(), tell=lambda *_: None
    )
    assert (again.changes.by_month, again.changes.digest) == ((), "nothing")


def test_a_dry_run_leaves_no_file(samples, settings: Settings) -> None:
    folder, _ = samples
    plan = plan_of(settings, root=folder, is_dry_run=True)
    run_night(settings, plan, plain_doors(), tell=lambda *_: None)
    assert not settings.archive.exists()
    assert not settings.marts.exists()


def test_a_no_of_the_audit_keeps_the_old_marts(samples, run, settings: Settings) -> None:
    folder, _ = samples
    run(folder)
    link = settings.marts / "buffet.duckdb"
    before = link.readlink()
    plan = plan_of(settings, root=folder)
    says_no = AuditSummary(
        is_passed=False, failed=("a check",), warned=(), checks=1, docs="index.html"
    )
    doors = replace(plain_doors(), audit=lambda _plan: says_no)
    receipt, _ = run_night(settings, plan, doors, tell=lambda *_: None)
    assert (receipt.status, receipt.generation) == ("refused_by_audit", None)
    assert link.readlink() == before


def test_how_every_check_went_is_kept_run_by_run(samples, run, settings: Settings) -> None:
    """Also of a night that the audit refused; of two runs, the later one shows both."""
    folder, _ = samples
    first = run(folder)
    _order(
        settings,
        "INSERT INTO ledger.file (sha256, name, owner, size_bytes, received_at, source_rank,"
        " status, attempts, read, set_aside, markers)"
        " VALUES ('00', 'no receipt', 'ana', 1, now(), 9, 'loaded', 1, 0, 0, 0)",
    )
    refused = run()
    _order(settings, "DELETE FROM ledger.file WHERE sha256 = '00'")
    second = run()
    assert (refused.status, second.status) == ("refused_by_audit", "published")
    asked = "SELECT run_id, layer, count(*) AS n, count(*) FILTER (WHERE status = 'fail') AS failed"
    told = query(
        settings.marts / "buffet.duckdb",
        f"{asked} FROM mart_data_quality GROUP BY ALL ORDER BY ALL",
    ).rows()
    found = {(run_id, layer): (n, failed) for run_id, layer, n, failed in told}
    promises = sum(len(mart.checks) for mart in load_catalog() if not mart.card.is_after_checks)
    for one in (first, second):
        assert found[one.run_id, "ledger"] == (one.audit.checks, 0)
        assert found[one.run_id, "marts"] >= (promises, 0)
    assert found[refused.run_id, "ledger"] == (refused.audit.checks, 1)
    assert (refused.run_id, "marts") not in found
    set_aside = first.receipt.set_aside / first.receipt.read
    observed = query(
        settings.marts / "buffet.duckdb",
        "SELECT status, observed FROM mart_data_quality WHERE layer = 'files' AND run_id = ?",
        [first.run_id],
    )
    ((status, words),) = observed.rows()
    assert words.startswith(f"{first.receipt.set_aside} of {first.receipt.read} records, ")
    assert status == ("warn" if set_aside > 0.05 else "pass")


def test_a_second_run_is_told_that_another_is_at_work(settings: Settings) -> None:
    plan, other = plan_of(settings), plan_of(settings)
    with one_run(settings, plan, "night"), pytest.raises(LedgerBusy):
        run_night(settings, other, plain_doors(), tell=lambda *_: None)


CUT = "SELECT pg_terminate_backend(pid, 60000) FROM pg_locks WHERE locktype = 'advisory'"
"""Cuts the connection that holds the lock, and waits until the server has given it back."""


@pytest.mark.parametrize("stage", ["load", "publish"])
def test_a_run_that_lost_its_lock_gives_way_to_the_next(
    samples, run, settings: Settings, stage: str
) -> None:
    """A cut connection takes the lock with it, and a second run may begin while the first lives."""
    folder, _ = samples
    doors = plain_doors()
    second = []

    def door(*args: object) -> object:
        _order(settings, CUT)
        second.append(run(folder))
        return getattr(doors, stage)(*args)

    first = plan_of(settings, root=folder)
    with pytest.raises(LedgerBusy, match="another run took over"):
        run_night(settings, first, replace(doors, **{stage: door}), tell=lambda *_: None)
    assert publisher.current(settings.marts) == second[-1].generation.generation
    with pytest.raises(LedgerBusy, match="another run took over"):
        doors.recall(first, [])
    assert not list(settings.staging.iterdir())
    assert run(folder).status == "published"


@pytest.mark.parametrize("stage", ["validate", "transform", "load", "enrich", "publish"])
def test_who_finds_his_working_files_gone_gives_way_to_the_run_that_removed_them(
    samples, settings: Settings, stage: str
) -> None:
    """That is the first thing a run does; only then it writes into the book that it took over."""
    folder, _ = samples
    doors, plan = plain_doors(), plan_of(settings, root=folder)

    def door(*args: object) -> object:
        shutil.rmtree(settings.staging)
        return getattr(doors, stage)(*args)

    with pytest.raises(LedgerBusy, match="another run took over"):
        run_night(settings, plan, replace(doors, **{stage: door}), tell=lambda *_: None)


def test_a_publication_whose_answer_was_lost_is_tried_again(
    samples, run, settings: Settings
) -> None:
    folder, _ = samples
    plan = plan_of(settings, root=folder)
    doors = plain_doors()

    def twice(*asked):
        _order(settings, "ALTER TABLE ledger.publication RENAME TO gone")
        with pytest.raises(sa.exc.ProgrammingError):
            doors.publish(*asked)
        _order(settings, "ALTER TABLE ledger.gone RENAME TO publication")
        return doors.publish(*asked)

    receipt, _ = run_night(settings, plan, replace(doors, publish=twice), tell=lambda *_: None)
    assert receipt.generation.generation == publisher.current(settings.marts)
    assert len(publisher.generations(settings.marts)) == 1


def _order(settings: Settings, command: str) -> None:
    engine = open_ledger(settings)
    with engine.begin() as connection:
        connection.exec_driver_sql(command)
    engine.dispose()


def test_a_run_that_was_killed_is_marked_and_its_tickets_are_taken_up(
    samples, run, settings: Settings
) -> None:
    folder, _ = samples
    plan = plan_of(settings, root=folder)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_night(settings, plan, replace(plain_doors(), load=killed), tell=lambda *_: None)
    assert not list(settings.staging.iterdir())
    waiting = len(list((settings.archive / "pending").iterdir()))
    assert waiting
    receipt = run()  # the inbox is empty: only the tickets are left
    assert len(receipt.files) == waiting
    assert not list((settings.archive / "pending").iterdir())


def test_files_that_only_the_archive_knows_wait_while_they_are_read(
    samples, run, settings: Settings, postgres: embedded.Server, migrated: str
) -> None:
    """A ledger that was lost learns of all files again, even if that night is killed."""
    folder, _ = samples
    before = run(folder)
    anew = embedded.create_database(postgres, f"anew_{uuid.uuid4().hex[:12]}", template=migrated)
    settings = settings.model_copy(update={"database_url": SecretStr(anew)})

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_night(
            settings,
            plan_of(settings, root=folder),
            replace(plain_doors(), load=killed),
            tell=lambda *_: None,
        )
    receipt, _ = run_night(settings, plan_of(settings), plain_doors(), tell=lambda *_: None)
    assert receipt.receipt == before.receipt
    assert receipt.status == "published"


def test_batches_keep_to_their_limits_and_lose_no_file() -> None:
    sizes = [5, 5, 5, 100, 1, 1, 1, 1]
    tickets = [
        Ticket(str(n), "x", "me", None, size, datetime(2026, 1, 1, tzinfo=UTC), "x")
        for n, size in enumerate(sizes)
    ]
    batches = list(pack(tickets, files=3, size_bytes=10))
    assert [[t.size_bytes for t in batch] for batch in batches] == [
        [5, 5],
        [5],
        [100],
        [1, 1, 1],
        [1],
    ]
