"""The operator's side for real: server, worker, deployment, a night that runs, and a clean end."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import psutil
import pytest
import sqlalchemy as sa

from flows.house import plan_of, run_night
from flows.local import book, parts
from flows.night import plain_doors
from schemas.settings import Settings
from tasks.sample.write import write_samples
from warehouse.ledger import reader
from warehouse.ledger.connection import disposable

PASSWORD = "canary-pass-7d1f"  # noqa: S105 - of a server that asks for none
ARTIFACTS = {"receipt", "reconciliation", "freshness", "late", "quarantine", "audit", "progress"}
STAGES = {
    "claim": "1-claim",
    "recall": "1-claim",
    "extract batch-00001": "2-extract",
    "validate batch-00001": "3-validate",
    "transform batch-00001": "4-transform",
    "load batch-00001": "5-load",
    "compare": "5-load",
    "audit": "6-audit",
    "export": "7-publish",
    "enrich": "7-publish",
    "publish": "7-publish",
    "report": "8-report",
}

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


def local(verb, environment):
    """`make up` and `make down`, as a command of its own; what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "flows.local", verb],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def operator(tmp_path, empty_database):
    """The environment of an operator with an empty ledger and a Prefect profile of his own."""
    (tmp_path / "prefect-of-mine").mkdir()
    environment = os.environ | {
        "BUFFET_DATA_HOME": str(tmp_path / "data"),
        "BUFFET_DATABASE_URL": empty_database.replace("postgres@", f"postgres:{PASSWORD}@"),
        "PREFECT_HOME": str(tmp_path / "prefect-of-mine"),
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
        "PREFECT_PROFILE": "of-mine",
    }
    yield environment
    local("down", environment)


def test_the_operators_day(operator, empty_database, ledger_url, tmp_path):
    settings = Settings(data_home=tmp_path / "data")
    calm = Settings(data_home=tmp_path / "calm", database_url=ledger_url)
    truth = write_samples(tmp_path / "samples", seed=11)
    thirds = _thirds(tmp_path / "samples")

    assert "03:00" in _as_in_sao_paulo(local("up", operator), settings)
    there = {name: part.pid for name, part in parts.running(settings).items()}
    assert there.keys() == {"server", "pages", "worker"}
    assert not any((tmp_path / "prefect-of-mine").iterdir())

    server = parts.url_of(parts.running(settings)["server"])
    run = _run_the_night(server, thirds[0])
    assert run["name"].startswith("night-")
    assert {"buffet", "nightly"} <= set(run["tags"])
    mine = {"flow_runs": {"id": {"any_": [run["id"]]}}}
    tasks = book._ask(server, "task_runs/filter", mine)
    assert {task["name"]: task["tags"] for task in tasks} == {k: [v] for k, v in STAGES.items()}
    artifacts = {one["key"]: one for one in book._ask(server, "artifacts/filter", mine)}
    assert artifacts.keys() == ARTIFACTS
    assert artifacts["progress"]["data"] == 100
    pages = parts.pages_url(settings)
    assert pages in artifacts["audit"]["data"]
    with urlopen(pages) as page:  # noqa: S310 - our own server on this machine
        assert b"Audits of the ledger" in page.read()

    local("up", operator)
    assert {name: part.pid for name, part in parts.running(settings).items()} == there

    psutil.Process(there["worker"]).kill()
    again = _started_again(operator, settings, there)
    assert again["worker"] != there["worker"]
    assert again["server"] == there["server"]

    there = again
    _the_window_goes_away(operator, settings, empty_database, thirds[1])
    again = _started_again(operator, settings, there)
    assert again["worker"] == there["worker"]
    assert again["server"] != there["server"]

    crashed = _all_is_killed(operator, settings, empty_database, thirds[2])
    local("up", operator)
    server = parts.url_of(parts.running(settings)["server"])
    assert book._ask(server, f"flow_runs/{crashed}")["state_type"] == "CRASHED"
    assert _run_the_night(server, tmp_path / "samples")["state_type"] == "COMPLETED"
    said = "SELECT status FROM ledger.run ORDER BY started_at"
    assert _asked(empty_database, said) == ["published", "failed", "crashed", "published"]
    assert _digests(empty_database) == _digests(_undisturbed(calm, tmp_path))

    _the_server_hangs(operator, settings)
    psutil.Process(parts.running(settings)["server"].pid).kill()
    local("down", operator)
    assert not list(parts._members(settings))
    assert not book.answers(f"{server}/api/health")
    _insist_on_secrecy(parts.prefect_home(settings), truth, empty_database)


def _the_server_hangs(operator, settings) -> None:
    """It is there and says nothing: `up` puts another one in its place."""
    there = {name: part.pid for name, part in parts.running(settings).items()}
    psutil.Process(there["server"]).suspend()
    again = _started_again(operator, settings, there)
    assert again["worker"] == there["worker"]
    assert again["server"] != there["server"]


def _started_again(operator, settings, there) -> dict[str, int]:
    """After `up` the same parts run again; their process ids."""
    local("up", operator)
    again = {name: part.pid for name, part in parts.running(settings).items()}
    assert again.keys() == there.keys()
    return again


def _thirds(folder: Path) -> list[Path]:
    """The accounts of the samples in three folders, for three nights."""
    accounts = sorted(folder.glob("*/*"))
    for number, account in enumerate(accounts):
        place = folder.with_name(f"third-{number % 3}") / account.relative_to(folder)
        shutil.copytree(account, place)
    return sorted(folder.parent.glob("third-*"))


@contextmanager
def _held(database: str) -> Iterator[sa.Connection]:
    """Entries cannot be loaded as long as this lasts; gives a connection that looks on."""
    with disposable(database) as engine, engine.connect() as holder, engine.connect() as onlooker:
        holder.execute(sa.text("LOCK TABLE ledger.entry IN SHARE MODE"))
        yield onlooker.execution_options(isolation_level="AUTOCOMMIT")


def _wait_for_load(onlooker: sa.Connection) -> None:
    deadline = time.monotonic() + 400
    while not onlooker.scalar(sa.text(WAITING)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _the_window_goes_away(operator, settings, database, root):
    """A person's run in the window: the server dies in the middle of the load, the run stops."""
    mine = {name: text for name, text in operator.items() if not name.startswith("PREFECT_")}
    with _held(database) as onlooker:
        run = subprocess.Popen(
            [Path(sys.executable).parent / "buffet", "run", root],
            env=mine | {"PREFECT_CLIENT_MAX_RETRIES": "2"},  # else it waits for minutes
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        _wait_for_load(onlooker)
        parts.running(settings)["server"].kill()
    said, _ = run.communicate(timeout=400)
    assert run.returncode == 4, said
    assert "the Prefect server does not answer any more" in said
    assert "make up starts the server, then run it again" in said


def _all_is_killed(operator, settings, database, root):
    """A night at work: worker, flow and server are killed; the number of the run."""
    server = parts.url_of(parts.running(settings)["server"])
    with _held(database) as onlooker:
        run = _order_a_night(server, root)
        _wait_for_load(onlooker)
        for process, _ in list(parts._members(settings)):
            process.kill()
    assert not book.answers(f"{server}/api/health")
    return run["id"]


def _undisturbed(calm: Settings, folder: Path) -> str:
    """The URL of a ledger that read the same files in one night, without a window."""
    plan = plan_of(calm, root=folder / "samples")
    run_night(calm, plan, plain_doors(), tell=lambda *_: None)
    return calm.database_url.get_secret_value()


def _digests(database: str) -> dict[str, str]:
    with disposable(database) as engine, reader.snapshot(engine) as connection:
        return reader.digests(connection)


def _asked(database: str, sql: str) -> list[str]:
    with disposable(database) as engine, engine.connect() as connection:
        return list(connection.execute(sa.text(sql)).scalars())


def _as_in_sao_paulo(said, settings):
    server = parts.url_of(parts.running(settings)["server"])
    night = book.next_night(server)
    assert f"{night.astimezone():%d %B, %H:%M}" in said
    assert night > datetime.now(night.tzinfo)
    return f"{night.astimezone(ZoneInfo('America/Sao_Paulo')):%H:%M}"


def _order_a_night(server, root):
    deployment = book._ask(server, f"deployments/name/{book.DEPLOYMENT}")
    assert deployment["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    order = {"parameters": {"root": str(root)}, "state": {"type": "SCHEDULED"}}
    return book._ask(server, f"deployments/{deployment['id']}/create_flow_run", order)


def _run_the_night(server, root):
    run = _order_a_night(server, root)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        run = book._ask(server, f"flow_runs/{run['id']}")
        if run["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            break
        time.sleep(0.3)
    assert run["state_type"] == "COMPLETED", run["state"]
    return run


def _insist_on_secrecy(home: Path, truth, database):
    """Nothing that Prefect keeps holds the password, a whole account number or a description."""
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"reconciliation" in kept
    secrets = {PASSWORD}
    secrets |= {text for text in truth.transactions["description"].unique() if len(text) > 7}
    engine = sa.create_engine(database)
    with engine.connect() as ledger:
        accounts = ledger.execute(sa.text("SELECT account_ref FROM ledger.account")).scalars()
        secrets |= {account for account in accounts if len(account) > 7}
    engine.dispose()
    assert len(secrets) > 50
    for secret in secrets:
        assert secret.encode() not in kept
        assert json.dumps(secret)[1:-1].encode() not in kept
