"""The operator's side for real: server, worker, deployment, a night that runs, and a clean end."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import psutil
import pytest
import sqlalchemy as sa

from flows.local import book, parts
from schemas.settings import Settings
from tasks.sample.write import write_samples

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

pytestmark = pytest.mark.live


def local(verb, environment):
    """`make up` and `make down`, as a command of its own."""
    return subprocess.run(
        [sys.executable, "-m", "flows.local", verb],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


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
    assert local("down", environment).returncode == 0


def test_the_operators_day(operator, empty_database, tmp_path):
    settings = Settings(data_home=tmp_path / "data")
    truth = write_samples(tmp_path / "samples", seed=11)

    started = local("up", operator)
    assert started.returncode == 0, started.stdout + started.stderr
    assert "03:00" in _as_in_sao_paulo(started.stdout, settings)
    there = {name: part.pid for name, part in parts.running(settings).items()}
    assert there.keys() == {"server", "pages", "worker"}
    assert not any((tmp_path / "prefect-of-mine").iterdir())

    server = parts.url_of(parts.running(settings)["server"])
    run = _run_the_night(server, tmp_path / "samples")
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

    assert local("up", operator).returncode == 0
    assert {name: part.pid for name, part in parts.running(settings).items()} == there

    psutil.Process(there["worker"]).kill()
    assert local("up", operator).returncode == 0
    again = {name: part.pid for name, part in parts.running(settings).items()}
    assert again.keys() == there.keys()
    assert again["worker"] != there["worker"]
    assert again["server"] == there["server"]

    psutil.Process(again["server"]).kill()
    assert local("down", operator).returncode == 0
    assert not list(parts._members(settings))
    assert not book.answers(f"{server}/api/health")
    _insist_on_secrecy(parts.prefect_home(settings), truth, empty_database)


def _as_in_sao_paulo(said, settings):
    server = parts.url_of(parts.running(settings)["server"])
    night = book.next_night(server)
    assert f"{night.astimezone():%d %B, %H:%M}" in said
    assert night > datetime.now(night.tzinfo)
    return f"{night.astimezone(ZoneInfo('America/Sao_Paulo')):%H:%M}"


def _run_the_night(server, root):
    deployment = book._ask(server, f"deployments/name/{book.DEPLOYMENT}")
    assert deployment["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    order = {"parameters": {"root": str(root)}, "state": {"type": "SCHEDULED"}}
    run = book._ask(server, f"deployments/{deployment['id']}/create_flow_run", order)
    deadline = time.monotonic() + 120
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
