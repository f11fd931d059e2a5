"""Claim: once, whatever happens on the way, and only what is a whole file."""

import gzip
import hashlib
import io
import os
import socket
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.ticket import Folder
from tasks.extract import inbox
from tasks.extract.inbox import Drop, claim, look
from tasks.extract.waiting import archived_ticket, pending, settle

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_file_moves_into_the_archive_with_its_owner_and_account(
    drop: Drop, archive: Path
) -> None:
    (drop.root / "ana" / "conta" / "a.ofx").write_bytes(b"one")
    (drop.root / "ana" / "b.ofx").write_bytes(b"two")
    (drop.root / "c.ofx").write_bytes(b"three")
    found = claim(drop, archive, NOW)
    told = {(t.name, t.owner, t.account_name): Path(t.path).read_bytes() for t in found.tickets}
    assert told == {
        ("a.ofx", "ana", "conta"): b"one",
        ("b.ofx", "ana", None): b"two",
        ("c.ofx", "me", None): b"three",
    }
    assert not [path for path in drop.root.rglob("*") if path.is_file()]


def test_any_other_folder_keeps_its_files(drop: Drop, archive: Path) -> None:
    original = drop.root / "a.ofx"
    original.write_bytes(b"one")
    copying = Drop(drop.root, keeps_originals=True, default_owner="me", quiet_seconds=2)
    assert len(claim(copying, archive, NOW).tickets) == 1
    assert original.read_bytes() == b"one"


def test_of_a_folder_that_keeps_its_files_what_is_filed_is_not_copied_again(
    drop: Drop, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tickets are told all the same; a new folder of it, and new bytes, still wait."""
    copying = replace(drop, keeps_originals=True)
    (drop.root / "bob").mkdir()
    for name in ("ana/a.csv", "ana/again.csv", "bob/a.csv"):
        (drop.root / name).write_bytes(b"same")
    (first,) = claim(copying, archive, NOW).tickets
    settle(archive, first.sha256)
    later = NOW + timedelta(days=1)
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", killed_at(0))  # whoever keeps anything renames it
        (again,) = claim(copying, archive, later).tickets
    assert again == replace(first, claimed_at=later)
    assert not pending(archive).tickets
    (drop.root / "c.csv").write_bytes(b"same")
    (drop.root / "d.csv").write_bytes(b"other")
    both = {ticket.size_bytes: ticket for ticket in claim(copying, archive, later).tickets}
    assert set(both[4].folders) == {*first.folders, Folder("me", None)}
    assert set(pending(archive).tickets) == {
        replace(both[4], owner="me", account_name=None, others=(), name="c.csv"),
        both[5],
    }
    Path(first.path).unlink()
    claim(copying, archive, later)
    assert Path(first.path).read_bytes() == b"same"


def test_equal_bytes_are_one_file_whatever_their_name(drop: Drop, archive: Path) -> None:
    for name in ("a.ofx", "ana/b.csv", "ana/conta/c"):
        (drop.root / name).write_bytes(b"same")
    found = claim(drop, archive, NOW)
    assert [ticket.name for ticket in found.tickets] == ["a.ofx"]


def test_a_file_that_is_still_written_is_left_alone(drop: Drop, archive: Path) -> None:
    half = drop.root / "a.ofx"
    half.write_bytes(b"half")
    os.utime(half, (NOW.timestamp() - 1, NOW.timestamp() - 1))
    found = claim(drop, archive, NOW)
    assert (found.tickets, found.left_alone) == ((), ("a.ofx",))
    assert half.exists()
    assert len(claim(drop, archive, NOW + timedelta(seconds=5)).tickets) == 1


def test_a_file_from_the_future_is_taken(drop: Drop, archive: Path) -> None:
    """A copy keeps the time of a machine whose clock is wrong; it would be left alone for years."""
    path = drop.root / "a.ofx"
    path.write_bytes(b"whole")
    then = (NOW + timedelta(days=400)).timestamp()
    os.utime(path, (then, then))
    assert len(claim(drop, archive, NOW).tickets) == 1


@pytest.mark.parametrize("name", [".hidden.ofx", "a.ofx.part", "a.crdownload", "a.tmp"])
def test_unfinished_downloads_are_not_looked_at(drop: Drop, archive: Path, name: str) -> None:
    (drop.root / name).write_bytes(b"x")
    found = claim(drop, archive, NOW)
    assert (found.tickets, found.refused, found.left_alone) == ((), (), ())


def symlink(path: Path) -> None:
    target = path.parent / "ana" / "secret.txt"
    target.parent.mkdir(exist_ok=True)
    target.with_suffix(".part").write_text("x")
    path.symlink_to(target.with_suffix(".part"))


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def unix_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize("make", [symlink, fifo, folder, unix_socket])
def test_what_is_no_file_is_refused_and_stays(
    drop: Drop, archive: Path, make: Callable[[Path], None]
) -> None:
    make(drop.root / "a.csv")
    found = claim(drop, archive, NOW)
    assert found.tickets == ()
    assert [(error.code, error.where) for error in found.refused] == [("not_a_file", "a.csv")]
    assert os.path.lexists(drop.root / "a.csv")


def test_a_kill_before_the_ledger_answered_loses_nothing(drop: Drop, archive: Path) -> None:
    (drop.root / "a.ofx").write_bytes(b"one")
    (first,) = claim(drop, archive, NOW).tickets
    (again,) = claim(drop, archive, NOW + timedelta(days=1)).tickets
    assert again == first
    settle(archive, first.sha256)
    settle(archive, first.sha256)
    assert pending(archive).tickets == ()
    assert archived_ticket(archive, first.sha256) == first


def test_a_kill_in_the_middle_of_a_copy_leaves_the_file_in_the_inbox(
    drop: Drop, archive: Path
) -> None:
    (archive / "incoming").mkdir(parents=True)
    (archive / "incoming" / "x.part").write_bytes(b"hal")
    (drop.root / "a.ofx").write_bytes(b"half and half")
    (ticket,) = claim(drop, archive, NOW).tickets
    assert Path(ticket.path).read_bytes() == b"half and half"
    assert not list((archive / "incoming").iterdir())


def test_a_look_moves_nothing_and_sees_the_same(drop: Drop, archive: Path, tmp_path: Path) -> None:
    (drop.root / "a.ofx").write_bytes(b"one")
    (drop.root / "b.csv").mkdir()
    (drop.root / "c.zip").write_bytes(zipped(c=b"two", d=b"three"))
    seen = look(drop, NOW, tmp_path / "scratch")
    assert not archive.exists()
    assert {Path(ticket.path).read_bytes() for ticket in seen.tickets} == {b"one", b"two", b"three"}
    claimed = claim(drop, archive, NOW)
    assert [t.sha256 for t in seen.tickets] == [t.sha256 for t in claimed.tickets]
    assert [t.name for t in seen.tickets] == [t.name for t in claimed.tickets]
    assert [e.args for e in seen.refused] == [e.args for e in claimed.refused]


def test_odd_names_are_shown_harmlessly_and_kept(drop: Drop, archive: Path) -> None:
    odd = os.fsdecode(b"caf\xe9\n12345678.csv")
    (drop.root / odd).write_bytes(b"one")
    (ticket,) = claim(drop, archive, NOW).tickets
    assert ticket.shown_name.isprintable() or "\n" not in inbox.shown(odd)
    assert "12345678" not in inbox.shown(odd)
    assert "12345678" not in ticket.shown_name


def test_a_replay_finds_archived_files_and_says_which_are_gone(
    drop: Drop, archive: Path, tmp_path: Path
) -> None:
    (drop.root / "a.ofx").write_bytes(b"one")
    (ticket,) = claim(drop, archive, NOW).tickets
    settle(archive, ticket.sha256)
    moved = tmp_path / "moved"
    archive.rename(moved)
    found = inbox.reclaim(moved, [ticket.sha256, "f" * 64])
    assert [Path(t.path).read_bytes() for t in found.tickets] == [b"one"]
    assert [error.where for error in found.refused] == ["f" * 12]


def zipped(**files: bytes) -> bytes:
    """A zip of files named after their keywords, with the ending .csv."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv"), data)
    return target.getvalue()


def test_each_file_of_a_container_is_a_file_of_its_own(drop: Drop, archive: Path) -> None:
    package = zipped(itau=b"one", nubank=b"two")
    (drop.root / "ana" / "conta" / "march.zip").write_bytes(package)
    (drop.root / "ana" / "xp.csv.gz").write_bytes(gzip.compress(b"three"))
    tickets = {ticket.name: ticket for ticket in claim(drop, archive, NOW).tickets}
    assert {
        (t.name, t.printed_name, t.owner, t.account_name, t.size_bytes) for t in tickets.values()
    } == {
        ("march.zip/itau.csv", "itau.csv", "ana", "conta", 3),
        ("march.zip/nubank.csv", "nubank.csv", "ana", "conta", 3),
        ("xp.csv.gz/xp.csv", "xp.csv", "ana", None, 5),
    }
    kept = tickets["march.zip/itau.csv"].container
    assert kept == hashlib.sha256(package).hexdigest()
    assert (archive / kept[:2] / kept).read_bytes() == package
    for ticket in tickets.values():
        data = Path(ticket.path).read_bytes()
        assert hashlib.sha256(data).hexdigest() == ticket.sha256
    assert not [path for path in drop.root.rglob("*") if path.is_file()]


def test_the_same_file_in_two_containers_and_beside_them_is_one(drop: Drop, archive: Path) -> None:
    (drop.root / "a.zip").write_bytes(zipped(x=b"same", y=b"other"))
    (drop.root / "b.zip").write_bytes(zipped(z=b"same"))
    (drop.root / "c.csv").write_bytes(b"same")
    names = sorted(ticket.name for ticket in claim(drop, archive, NOW).tickets)
    assert names == ["a.zip/x.csv", "a.zip/y.csv"]


def test_a_bad_container_waits_itself_for_its_refusal(drop: Drop, archive: Path) -> None:
    half = zipped(x=b"one")[:-9]
    (drop.root / "half.zip").write_bytes(half)
    (ticket,) = claim(drop, archive, NOW).tickets
    assert (ticket.name, ticket.container) == ("half.zip", None)
    assert Path(ticket.path).read_bytes() == half


class KilledError(BaseException):
    """The process ends here."""


def killed_at(step: int) -> Callable[..., None]:
    """Another os.replace: the one of this number never happens."""
    calls = iter(range(1000))
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if next(calls) == step:
            raise KilledError
        real(source, target)

    return replace


@pytest.mark.parametrize("step", range(5))
def test_a_kill_between_any_two_steps_of_unpacking_leaves_the_same_tickets(
    drop: Drop, archive: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    (drop.root / "march.zip").write_bytes(zipped(itau=b"one", nubank=b"two"))
    monkeypatch.setattr("os.replace", killed_at(step))
    with pytest.raises(KilledError):
        claim(drop, archive, NOW)
    monkeypatch.undo()
    assert (drop.root / "march.zip").exists()
    names = [ticket.name for ticket in claim(drop, archive, NOW).tickets]
    assert sorted(names) == ["march.zip/itau.csv", "march.zip/nubank.csv"]
    assert not (drop.root / "march.zip").exists()
    assert not list((archive / "incoming").iterdir())


def test_a_container_that_comes_again_after_its_files_were_loaded_says_nothing_new(
    drop: Drop, archive: Path
) -> None:
    (drop.root / "march.zip").write_bytes(zipped(itau=b"one"))
    (first,) = claim(drop, archive, NOW).tickets
    settle(archive, first.sha256)
    (drop.root / "again.zip").write_bytes(zipped(itau=b"one"))
    (again,) = claim(drop, archive, NOW).tickets
    assert again.sha256 == first.sha256
    settle(archive, again.sha256)
    assert archived_ticket(archive, first.sha256) == first


@pytest.mark.parametrize("step", range(6))
def test_a_kill_between_any_two_steps_of_a_claim_forgets_no_folder(
    drop: Drop, archive: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    (drop.root / "bob").mkdir()
    for name in ("ana/a.csv", "bob/a.csv", "c.csv"):
        (drop.root / name).write_bytes(b"same")
    monkeypatch.setattr("os.replace", killed_at(step))
    with pytest.raises(KilledError):
        claim(drop, archive, NOW)
    monkeypatch.undo()
    (ticket,) = claim(drop, archive, NOW).tickets
    assert {folder.owner for folder in ticket.folders} == {"ana", "bob", "me"}
