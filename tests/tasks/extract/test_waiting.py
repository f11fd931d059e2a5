"""Tickets: they keep where bytes lay, are read as older code wrote them, and stop no night."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.ticket import Folder, Ticket
from tasks.extract.inbox import Drop, claim, look
from tasks.extract.waiting import archived_ticket, pending, settle

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_ticket_of_before_containers_is_read(drop: Drop, archive: Path) -> None:
    (drop.root / "a.ofx").write_bytes(b"one")
    (ticket,) = claim(drop, archive, NOW).tickets
    old = json.loads(ticket.to_json())
    del old["container"]
    assert Ticket.from_json(json.dumps(old)) == ticket


def test_a_ticket_keeps_every_folder_in_which_equal_bytes_lay(
    drop: Drop, archive: Path, tmp_path: Path
) -> None:
    """In one claim, in claims before the ledger answered, and after; nothing is told twice."""
    (drop.root / "bob").mkdir()
    for name in ("ana/conta/a.csv", "ana/conta/again.csv", "bob/a.csv"):
        (drop.root / name).write_bytes(b"same")
    (seen,) = look(drop, NOW, tmp_path / "scratch").tickets
    (first,) = claim(drop, archive, NOW).tickets
    assert first.folders == seen.folders == (Folder("ana", "conta"), Folder("bob", None))
    (drop.root / "c.csv").write_bytes(b"same")
    (waiting,) = claim(drop, archive, NOW).tickets
    assert waiting == first.with_folders([Folder("me", None)])
    settle(archive, first.sha256)
    (drop.root / "ana" / "d.csv").write_bytes(b"same")
    (again,) = claim(drop, archive, NOW).tickets
    assert again.folders == (Folder("ana", None),)
    settle(archive, first.sha256)
    kept = archived_ticket(archive, first.sha256)
    assert kept == waiting.with_folders(again.folders)
    assert not pending(archive).tickets


@pytest.mark.parametrize("left", [b"", b"{", b"[]", b'{"sha256": 1}', b"\xff"])
def test_a_ticket_that_a_disk_damaged_stops_no_night(
    drop: Drop, archive: Path, left: bytes
) -> None:
    """It is told of until the statement comes again, or until somebody removes it."""
    (drop.root / "a.ofx").write_bytes(b"one")
    (drop.root / "b.ofx").write_bytes(b"two")
    one, two = sorted(claim(drop, archive, NOW).tickets, key=lambda ticket: ticket.name)
    waiting = archive / "pending" / f"{one.sha256}.json"
    waiting.write_bytes(left)
    found = claim(drop, archive, NOW)
    assert found.tickets == (two,)
    (told,) = found.refused
    assert (told.code, one.sha256[:12] in told.where) == ("broken_ticket", True)
    (drop.root / "ana" / "again.ofx").write_bytes(b"one")
    healed = claim(drop, archive, NOW)
    assert not healed.refused
    assert {ticket.name for ticket in healed.tickets} == {"again.ofx", "b.ofx"}
    settle(archive, one.sha256)
    (archive / "pending" / f"{one.sha256}.json").write_bytes(left)
    (again,) = (ticket for ticket in pending(archive).tickets if ticket.sha256 == one.sha256)
    assert again.name == "again.ofx"
    settle(archive, one.sha256)
    assert archived_ticket(archive, one.sha256) == again
    assert not waiting.exists()


def test_a_damaged_ticket_beside_the_bytes_is_replaced_by_the_next(
    drop: Drop, archive: Path
) -> None:
    copying = replace(drop, keeps_originals=True)
    (drop.root / "a.ofx").write_bytes(b"one")
    (first,) = claim(copying, archive, NOW).tickets
    settle(archive, first.sha256)
    Path(first.path).with_suffix(".json").write_bytes(b"")
    assert archived_ticket(archive, first.sha256) is None
    (again,) = claim(copying, archive, NOW).tickets
    assert again == first
    settle(archive, first.sha256)
    assert archived_ticket(archive, first.sha256) == first


def test_a_ticket_of_before_copies_were_told_is_read(drop: Drop, archive: Path) -> None:
    (drop.root / "a.ofx").write_bytes(b"one")
    (ticket,) = claim(drop, archive, NOW).tickets
    old = json.loads(ticket.to_json())
    del old["others"]
    assert Ticket.from_json(json.dumps(old)) == ticket
