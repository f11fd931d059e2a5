"""A run as a process: signals, time zones, answers that are lost, no network at all."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from simulator import faults, oracle
from simulator.faults import Instant
from simulator.play import drop
from simulator.proxy import LossyProxy
from simulator.stage import Stage
from simulator.world import File

from tasks.sample.march import march_2025
from warehouse.ledger import embedded

JAIL = ("unshare", "--net")


@pytest.fixture
def march(tmp_path: Path) -> list[File]:
    """Five files of four accounts."""
    march_2025(tmp_path)
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    return [File(str(path.relative_to(tmp_path)), path.read_bytes()) for path in paths]


@pytest.fixture
def calm(place: Stage, march: list[File]) -> Stage:
    """A stage on which an undisturbed run has taken the files, and nobody else has yet."""
    place.clear()
    drop(place.undisturbed / "inbox", march)
    assert place.undisturbed_run().wait().status == 0
    return place


def ends_well(stage: Stage) -> list[str]:
    """One plain run, and what is wrong afterwards."""
    assert stage.buffet().wait().status == 0
    return [
        *oracle.ledgers_differ(stage.url("reference"), stage.url()),
        *oracle.marts_differ(stage.undisturbed, stage.home),
        *oracle.broken_laws(stage.url(), stage.home),
        *oracle.leftovers(stage.home),
    ]


@pytest.fixture
def heard() -> Iterator[None]:
    """Under nohup SIGHUP is ignored, by whoever is started too."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"])
def test_a_signal_in_the_middle_of_a_load_leaves_nothing(
    name: str, calm: Stage, march: list[File]
) -> None:
    assert calm.buffet().wait().status == 0  # the tables are there, and the inbox is empty
    drop(calm.home / "inbox", march)
    with faults.awaited(Instant("table", "entry"), calm, 0) as wait:
        run = calm.buffet()
        assert wait(run)
        run.send(signal.Signals[name])
        ended = run.wait()
    assert ended.status in {-signal.Signals[name], 130}
    assert "Traceback" not in ended.err
    assert ends_well(calm) == []


@pytest.mark.parametrize("mark", faults.MARKS, ids=lambda mark: mark.decode().replace(" ", "_"))
def test_a_commit_whose_answer_is_lost(mark: bytes, calm: Stage, march: list[File]) -> None:
    drop(calm.home / "inbox", march)
    folder, url = calm.home / "proxy", calm.url()
    proxy = LossyProxy(folder, calm.server().socket, mark)
    through = url.partition("?")[0] + f"?host={folder}&port=5432"
    ended = calm.buffet(extra={"BUFFET_DATABASE_URL": through}).wait()
    proxy.close()
    assert proxy.has_lost
    assert ended.status == 4
    assert ends_well(calm) == []


def test_a_server_that_is_down_or_was_killed_is_started(calm: Stage, march: list[File]) -> None:
    files = list(march)
    for stop in (
        lambda: embedded.stop(calm.home),
        lambda: calm.signal_server(signal.SIGQUIT),
        lambda: calm.signal_server(signal.SIGKILL),
    ):
        stop()
        drop(calm.home / "inbox", [files.pop()])
        assert calm.buffet().wait().status == 0
    drop(calm.home / "inbox", files)
    assert ends_well(calm) == []


def test_the_time_zone_of_the_machine_changes_nothing(calm: Stage, march: list[File]) -> None:
    zones = ["America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]
    for zone, file in zip(zones, march, strict=False):
        drop(calm.home / "inbox", [file])
        assert calm.buffet(extra={"TZ": zone}).wait().status == 0
    drop(calm.home / "inbox", march)
    assert ends_well(calm) == []


def _may(words: Sequence[str]) -> bool:
    return (
        bool(shutil.which(words[0]))
        and not subprocess.run([*words, "true"], check=False, capture_output=True).returncode
    )


@pytest.mark.skipif(not _may(JAIL), reason="this user may not take the network away")
def test_a_night_needs_no_network(calm: Stage, march: list[File]) -> None:
    drop(calm.home / "inbox", march)
    environment = {"PATH": os.defpath, "HOME": str(calm.said), "BUFFET_QUIET_SECONDS": "0"}
    done = subprocess.run(
        [*JAIL, Path(sys.executable).parent / "buffet", "run", "--no-prefect"],
        env={**environment, "BUFFET_DATA_HOME": str(calm.home)},
        cwd=calm.said,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert ends_well(calm) == []
