"""What goes wrong around a night: writes that fail, leftovers, two at once, odd clocks."""

import errno
import hashlib
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Barrier, Thread

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from flows.house import now, one_run, open_ledger, plan_of, run_night
from flows.night import plain_doors
from schemas.errors import BuffetError, LedgerBusy, LedgerUnavailable
from schemas.night import AuditSummary, NightReceipt, Plan
from schemas.settings import Settings
from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source
from tasks.sample.march import march_2025
from warehouse.ledger import embedded, reader
from warehouse.marts import publisher
from warehouse.marts.catalog import of_runs
from warehouse.marts.reader import query

ARRIVAL = of_runs() | {"mart_reconciliation", "mart_statement_coverage"}


def quick(settings: Settings, plan: Plan) -> NightReceipt:
    """A night whose audit says yes unasked: most of a small night's time is the audit."""
    yes = AuditSummary(is_passed=True, failed=(), warned=(), checks=0, docs="")
    doors = replace(plain_doors(), audit=lambda _plan: yes)
    return run_night(settings, plan, doors, tell=lambda *_: None)[0]


def digests(settings: Settings) -> dict[str, str]:
    engine = open_ledger(settings)
    with reader.snapshot(engine) as connection:
        found = reader.digests(connection)
    engine.dispose()
    return found


def left(settings: Settings) -> list[Path]:
    """Working files, tickets and half generations."""
    places = ("inbox", "staging", "archive/incoming", "archive/pending", "marts/.build")
    found = [path for place in places for path in (settings.home / place).rglob("*")]
    return [path for path in found if not path.is_dir()]


def drop(settings: Settings, folder: Path, name: str = "*") -> None:
    for path in folder.rglob(name):
        if path.is_file():
            target = settings.inbox / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


@pytest.fixture
def march(tmp_path: Path) -> Path:
    march_2025(tmp_path / "statements")
    return tmp_path / "statements"


@pytest.fixture
def houses(settings: Settings, postgres, migrated, tmp_path: Path) -> Iterator[Settings]:
    """One empty house after the other."""

    def more() -> Iterator[Settings]:
        for number in count():
            name = f"house_{number}_{tmp_path.name}"
            url = embedded.create_database(postgres, name, template=migrated)
            places = {"data_home": tmp_path / name, "database_url": SecretStr(url)}
            yield settings.model_copy(update=places)
            embedded.drop_database(postgres, name)

    made = more()
    yield made
    made.close()


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, word: str, number: int) -> Iterator[list[int]]:
    """The n-th call of a word of the operating system fails as a damaged disk does."""
    real, calls = getattr(os, word), []

    def fail(*args, **kwargs):
        calls.append(1)
        if len(calls) == number:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, word, fail)
        yield calls


@pytest.mark.parametrize("word", ["replace", "fsync"])
def test_the_nth_write_fails_for_every_n(
    word: str, houses: Iterator[Settings], march: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = march.rglob("extrato-itau*")
    wanted = None
    for number in count(1):
        house = next(houses)
        (house.inbox / "ana" / "itau").mkdir(parents=True)
        (house.inbox / "ana" / "itau" / path.name).write_bytes(path.read_bytes())
        with failing(monkeypatch, word, number) as calls, suppress(OSError, BuffetError):
            quick(house, plan_of(house))
        quick(house, plan_of(house))
        wanted = wanted or digests(house)
        assert digests(house) == wanted, number
        assert left(house) == [], number
        if len(calls) < number:
            break
    assert number > 4


def test_the_nth_statement_of_a_load_fails_for_every_n(settings: Settings, march: Path) -> None:
    doors = plain_doors()
    plan = plan_of(settings, root=march)
    before = digests(settings)
    with one_run(settings, plan, "night"):
        folder = plan.staging / "batch-00001"
        doors.extract(doors.claim(plan).tickets, folder, False)
        doors.validate(folder, ())
        doors.transform(folder)
        for number in count(1):
            seen = []

            def fail(*_: object, seen: list[int] = seen, number: int = number) -> None:
                seen.append(1)
                if len(seen) == number:
                    raise psycopg.OperationalError("injected")

            sa.event.listen(sa.Engine, "before_cursor_execute", fail)
            try:
                with suppress(LedgerUnavailable):
                    doors.load(plan, folder, 1)
            finally:
                sa.event.remove(sa.Engine, "before_cursor_execute", fail)
            if len(seen) < number:
                break
            assert digests(settings) == before, number
    assert number > 20
    assert digests(settings) != before


@pytest.mark.parametrize("most_bytes", [1_000, 30_000, 200_000, 1_500_000])
def test_a_disk_that_is_full_keeps_the_old_marts_and_loses_nothing(
    most_bytes: int, settings: Settings, houses: Iterator[Settings], march: Path
) -> None:
    drop(settings, march, "extrato-itau*")
    quick(settings, plan_of(settings))
    link = settings.marts / publisher.LINK
    before = link.readlink()
    drop(settings, march)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        with pytest.raises((OSError, BuffetError)):
            quick(settings, plan_of(settings))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert link.readlink() == before
    assert query(link, "SELECT count(*) AS n FROM fct_transactions").item() == 7
    quick(settings, plan_of(settings))
    assert left(settings) == []
    other = next(houses)
    quick(other, plan_of(other, root=march))
    assert digests(settings) == digests(other)


def test_what_killed_nights_left_is_cleaned_and_the_marts_open(
    settings: Settings, march: Path
) -> None:
    quick(settings, plan_of(settings, root=march))
    marts, link = settings.marts, settings.marts / publisher.LINK
    (marts / ".build" / "x.duckdb.tmp").mkdir(parents=True)
    (marts / ".build" / "x.duckdb").write_bytes(b"half")
    (marts / ".build" / "x.duckdb.wal").write_bytes(b"half")
    (marts / f"{publisher.LINK}.wal").write_bytes(b"foreign")
    (marts / f".{publisher.LINK}.x").symlink_to("generations/nosuch.duckdb")
    (settings.staging / "old" / "batch-00001").mkdir(parents=True)
    (settings.archive / "incoming" / "x.part").write_bytes(b"half")
    link.unlink()
    link.symlink_to("generations/nosuch.duckdb")  # somebody removed what was shown
    quick(settings, plan_of(settings, root=march))
    assert left(settings) == []
    assert {path.name for path in marts.iterdir()} == {".build", "generations", publisher.LINK}
    assert query(link, "SELECT count(*) AS n FROM fct_transactions").item() == 17


def test_of_runs_that_start_at_once_one_works_and_the_others_leave(
    settings: Settings, march: Path
) -> None:
    quick(settings, plan_of(settings, root=march))
    wanted = digests(settings)
    for _ in range(5):
        ends, line = [], Barrier(4)

        def start(ends: list[str] = ends, line: Barrier = line) -> None:
            plan = plan_of(settings, root=march)
            line.wait()
            try:
                ends.append(quick(settings, plan).status)
            except LedgerBusy:
                ends.append("busy")

        threads = [Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ends) == 4
        assert set(ends) <= {"published", "busy"}
        assert "published" in ends
    assert digests(settings) == wanted
    assert left(settings) == []


@pytest.mark.parametrize("shift", [timedelta(days=-1), timedelta(hours=-1), timedelta(days=40)])
def test_a_clock_that_jumps_changes_no_table(
    shift: timedelta, settings: Settings, houses: Iterator[Settings], march: Path
) -> None:
    """Durations come from a monotonic clock; which entry is best does not ask when it came."""
    drop(settings, march, "extrato-itau*")
    quick(settings, plan_of(settings))
    drop(settings, march)
    receipt = quick(settings, replace(plan_of(settings), started_at=now() + shift))
    assert all(seconds >= 0 for seconds in receipt.seconds.values())
    assert receipt.generation is not None
    assert receipt.generation.generation == publisher.current(settings.marts)
    other = next(houses)
    whole = quick(other, plan_of(other, root=march))
    assert digests(settings) == digests(other)
    for mart in set(whole.generation.digests) - ARRIVAL:
        assert receipt.generation.digests[mart] == whole.generation.digests[mart], mart


def test_a_clock_that_was_set_back_loses_no_version(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers that got better restate one movement, each by a clock a day behind the last one's."""
    path = settings.inbox / "ana" / "conta" / "NU_777_a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("Data,Valor,Identificador,Descrição\n05/03/2026,-5.00,1,Padaria\n", "utf-8")
    first = hashlib.sha256(path.read_bytes()).hexdigest()
    noon = now()
    for day, amount in enumerate((b"-5.00", b"-6.00", b"-5.00")):

        def read(sources: list[Source], amount: bytes = amount, **options: bool) -> BatchReading:
            anew = [replace(one, data=one.data.replace(b"-5.00", amount)) for one in sources]
            return read_batch(anew, **options)

        monkeypatch.setattr("tasks.extract.stage.read_batch", read)
        plan = plan_of(settings, replay=(first,) if day else ())
        quick(settings, replace(plan, started_at=noon - timedelta(days=day)))
    engine = open_ledger(settings)
    with engine.connect() as connection:
        kept = connection.exec_driver_sql(
            """SELECT trim_scale(t.amount)::text, v.standing, v.known_from < v.known_to
               FROM ledger.transaction t JOIN ledger.transaction_version v USING (transaction_id)
               ORDER BY v.known_from, t.amount DESC"""
        ).all()
    engine.dispose()
    assert kept == [("-5", "counts", True), ("-5", "withdrawn", True), ("-6", "counts", True)]


def test_a_night_over_midnight_and_month_end_is_one_night(settings: Settings, march: Path) -> None:
    started = now().replace(month=3, day=31, hour=23, minute=59, second=58)
    plan = replace(plan_of(settings, root=march), started_at=started)
    doors = replace(
        plain_doors(),
        audit=lambda _plan: AuditSummary(is_passed=True, failed=(), warned=(), checks=0, docs=""),
    )
    after = started + timedelta(seconds=5)
    receipt, _ = run_night(settings, plan, doors, tell=lambda *_: None, clock=lambda: after)
    assert receipt.generation.generation.startswith(f"{started:%Y%m%dT%H%M%SZ}")
    engine = open_ledger(settings)
    with engine.connect() as connection:
        known = "SELECT DISTINCT known_from FROM ledger.transaction"
        assert [row[0] for row in connection.exec_driver_sql(known)] == [started]
        at = "SELECT at FROM ledger.publication"
        assert [row[0] for row in connection.exec_driver_sql(at)] == [after]
    engine.dispose()
