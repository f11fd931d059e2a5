"""The night as a Prefect flow: what is tried again, what is not, and what it says meanwhile."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
)
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.states import Scheduled
from prefect.testing.utilities import prefect_test_harness

from flows import house
from flows.local import book
from flows.nightly import nightly
from schemas.errors import BuffetError
from schemas.settings import Settings
from tasks.sample.write import write_samples
from warehouse.ledger import embedded

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture(scope="module", autouse=True)
def prefect():
    """A Prefect server of this module's own."""
    quick = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
    with prefect_test_harness(server_startup_timeout=120), quick:
        yield


@pytest.fixture
def ledger(home, tmp_path, monkeypatch):
    """An empty ledger, where the settings lead, on a server that a test may stop."""
    url = embedded.create_database(embedded.start(home, durable=False), "buffet")
    monkeypatch.setenv("BUFFET_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("BUFFET_DATABASE_URL", url)
    monkeypatch.setenv("BUFFET_QUIET_SECONDS", "0")
    house.open_ledger(Settings()).dispose()
    engine = sa.create_engine(url, pool_pre_ping=True)
    yield engine
    engine.dispose()


def runs_of(name):
    """How often each task whose name begins so was run, in the newest flow run."""
    with get_client(sync_client=True) as client:
        newest = max(client.read_flow_runs(), key=lambda run: run.created)
        mine = TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[newest.id]))
        tasks = client.read_task_runs(task_run_filter=mine)
    return [task.run_count for task in tasks if task.name.startswith(name)]


def test_a_ledger_that_goes_away_in_the_middle_of_load_is_waited_for(ledger, home, tmp_path):
    write_samples(tmp_path / "samples", seed=3)
    holder = ledger.connect()
    holder.execute(sa.text("LOCK TABLE ledger.entry IN SHARE MODE"))  # load has to wait for it

    def cut_the_power():
        with ledger.connect() as watcher:
            while not watcher.scalar(sa.text(WAITING)):
                watcher.rollback()
                time.sleep(0.02)
            watcher.invalidate()
        embedded.stop(home)
        time.sleep(0.5)
        embedded.start(home, durable=False)

    outage = threading.Thread(target=cut_the_power)
    outage.start()
    receipt = nightly(root=str(tmp_path / "samples"))
    outage.join()
    holder.invalidate()
    holder.close()
    assert receipt.status == "published"
    assert receipt.receipt.inserted > 200
    (tries,) = runs_of("load")
    assert 2 <= tries <= 5  # as long as the server takes


def test_bad_data_is_not_tried_again_and_not_quoted(ledger, tmp_path, caplog):
    write_samples(tmp_path / "samples", seed=3)
    with ledger.begin() as connection:
        connection.execute(
            sa.text("ALTER TABLE ledger.entry ADD CONSTRAINT no_a CHECK (raw_text !~ 'a')")
        )
    with pytest.raises(BuffetError) as caught:
        nightly(root=str(tmp_path / "samples"))
    assert caught.value.problem == "CheckViolation 23514 ledger entry no_a"
    assert caught.value.where.startswith("warehouse/ledger/staging.py:")
    assert runs_of("load") == [1]
    assert "Failing row" not in caplog.text
    with ledger.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ledger.entry")) == 0
        assert connection.scalar(sa.text("SELECT status FROM ledger.run")) == "failed"


def test_a_dry_run_keeps_and_publishes_nothing(ledger, tmp_path):
    write_samples(tmp_path / "samples", seed=3)
    receipt = nightly(root=str(tmp_path / "samples"), dry_run=True)
    assert receipt.status == "dry_run"
    assert receipt.receipt.inserted > 200
    assert runs_of("publish") == []
    with ledger.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ledger.entry")) == 0
    assert not (tmp_path / "data" / "marts").exists()


def test_of_the_nights_that_a_server_missed_for_days_one_is_left():
    """The last one: it takes whatever lies in the inbox, and the ones before would do nothing."""
    server = PREFECT_API_URL.value().removesuffix("/api")
    now = datetime.now(UTC)
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow(nightly)
        deployment = client.create_deployment(flow_id=flow_id, name="nightly")
        for days in (4, 3, 2, 1, -1):
            at = now - timedelta(days=days)
            client.create_flow_run_from_deployment(deployment, state=Scheduled(scheduled_time=at))
    book.settle(server)
    book.settle(server)
    mine = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))
    with get_client(sync_client=True) as client:
        runs = sorted(
            client.read_flow_runs(flow_run_filter=mine), key=lambda run: run.expected_start_time
        )
    assert [run.state.type.value for run in runs] == ["CANCELLED"] * 3 + ["SCHEDULED"] * 2
