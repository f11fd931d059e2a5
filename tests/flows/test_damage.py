"""A disk changes or loses what the archive holds: it is told, and what comes again mends it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from flows.house import plan_of, run_night, run_rebuild
from flows.night import plain_doors
from schemas.errors import WrongUsage
from schemas.settings import Settings
from tasks.extract.waiting import home, pending

CARD = Path("ana/nubank-cartao")
SAMPLES = Path(__file__).parents[2] / "data" / "samples"
NAMES = ("Nubank_2026-02-08.csv", "Nubank_2026-03-08.csv")
"""Their rows state no balance: cut behind any of them, a file would still be one."""


@pytest.fixture
def waiting(settings: Settings) -> list[Path]:
    """Where the bytes of two files lie that a killed night has claimed."""
    drop(settings)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    doors = replace(plain_doors(), extract=killed)
    with pytest.raises(KeyboardInterrupt):
        run_night(settings, plan_of(settings), doors, tell=lambda *_: None)
    tickets = {ticket.name: ticket.path for ticket in pending(settings.archive).tickets}
    return [Path(tickets[name]) for name in NAMES]


def drop(settings: Settings) -> None:
    folder = settings.inbox / CARD
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        shutil.copy(SAMPLES / CARD / name, folder)


def cut(path: Path) -> None:
    """Take its last row away."""
    path.chmod(0o644)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


@pytest.mark.parametrize("whole_bytes", [8 << 20, 1])
def test_bytes_that_a_disk_changed_are_not_read_in_the_place_of_those_that_came(
    settings: Settings, run, waiting: list[Path], monkeypatch: pytest.MonkeyPatch, whole_bytes: int
) -> None:
    monkeypatch.setattr("tasks.extract.stage.WHOLE_BYTES", whole_bytes)
    damaged, sound = waiting
    cut(damaged)
    receipt = run()
    outcomes = {one.sha256: (one.outcome, one.receipt.inserted > 0) for one in receipt.files}
    assert outcomes == {damaged.name: ("refused", False), sound.name: ("loaded", True)}
    (refused,) = (one for one in receipt.files if one.outcome == "refused")
    assert "a disk has damaged them" in str(refused.problem)
    drop(settings)
    run()
    assert damaged.read_bytes() == (SAMPLES / CARD / NAMES[0]).read_bytes()
    plan = plan_of(settings, replay=(damaged.name,))
    again, _ = run_night(settings, plan, plain_doors(), tell=lambda *_: None)
    (loaded,) = again.files
    rows = len((SAMPLES / CARD / NAMES[0]).read_bytes().splitlines()) - 1
    assert (loaded.outcome, loaded.receipt.inserted) == ("loaded", rows)


def test_a_ticket_without_bytes_stops_no_night(
    settings: Settings, run, waiting: list[Path]
) -> None:
    lost, sound = waiting
    lost.unlink()
    receipt = run()
    assert [one.sha256 for one in receipt.files] == [sound.name]
    (told,) = receipt.not_files
    assert lost.name[:12] in told["where"]
    assert not receipt.is_clean
    drop(settings)
    receipt = run()
    assert {one.sha256: one.outcome for one in receipt.files}[lost.name] == "loaded"
    assert receipt.is_clean


def test_a_ledger_is_not_emptied_for_an_archive_that_is_damaged(settings: Settings, run) -> None:
    drop(settings)
    before = run()
    (one, _) = before.files
    cut(home(settings.archive, one.sha256))
    plan = plan_of(settings)
    with pytest.raises(WrongUsage, match="it lacks 1 files"):
        run_rebuild(settings, plan, plain_doors(), tell=lambda *_: None)
    assert run().receipt.inserted == 0  # nothing was emptied
    drop(settings)
    assert run().receipt.already_known == before.receipt.inserted
