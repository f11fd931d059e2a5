"""Files that wait: their bytes lie in the archive, their tickets beside them or in `pending`.

    archive/ab/ab12….         the bytes, by their sha256
    archive/ab/ab12….json     the ticket of a file for which the ledger has answered
    archive/pending/          tickets of those for which it has not
    archive/incoming/         what is being written

Whatever is renamed is whole, and tickets of equal bytes become one, so a kill loses nothing.
"""

import os
import uuid
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from schemas.ticket import Ticket


def pending_tickets(archive: Path) -> tuple[Ticket, ...]:
    """Tickets of files that are archived but not yet settled, in a fixed order."""
    found = [read_ticket(archive, path) for path in (archive / "pending").glob("*.json")]
    return in_order(found)


def queue(archive: Path, tickets: Iterable[Ticket]) -> None:
    """Let files wait until the ledger answers for them; most do already."""
    for ticket in tickets:
        if not (archive / "pending" / f"{ticket.sha256}.json").exists():
            write_ticket(archive, ticket, is_durable=False)  # those that came to stay wait durably


def settle(archive: Path, sha256: str) -> None:
    """File the ticket beside the bytes: the ledger knows the file. Settling twice is harmless.

    The first ticket of a file stays; of one that came again it keeps the folders.
    """
    ticket = archive / "pending" / f"{sha256}.json"
    filed = home(archive, sha256).with_suffix(".json")
    if not ticket.exists():
        return
    if filed.exists():
        _add_folders(archive, filed, read_ticket(archive, ticket), is_durable=True)
        ticket.unlink()
    else:
        os.replace(ticket, filed)


def requeue(archive: Path, sha256s: Iterable[str]) -> tuple[str, ...]:
    """Let files of the archive wait for the next night again, before the ledger gives them up.

    Returns:
        those whose bytes or tickets the archive does not have.
    """
    (archive / "incoming").mkdir(parents=True, exist_ok=True)
    pending = archive / "pending"
    pending.mkdir(exist_ok=True)
    lost = []
    for sha256 in sha256s:
        ticket = archived_ticket(archive, sha256)
        if ticket is not None and Path(ticket.path).exists():
            write_ticket(archive, ticket, is_durable=True)
        else:
            lost.append(sha256)
    sync([pending])
    return tuple(lost)


def archived_ticket(archive: Path, sha256: str) -> Ticket | None:
    """The ticket of a file that was claimed before, or null."""
    for path in (
        archive / "pending" / f"{sha256}.json",
        home(archive, sha256).with_suffix(".json"),
    ):
        if path.exists():
            return read_ticket(archive, path)
    return None


def home(archive: Path, sha256: str) -> Path:
    """Where bytes lie in the archive."""
    return archive / sha256[:2] / sha256


def in_order(tickets: Iterable[Ticket]) -> tuple[Ticket, ...]:
    """Tickets by the instant of their claim, then by sha256."""
    return tuple(sorted(tickets, key=lambda ticket: (ticket.claimed_at, ticket.sha256)))


def read_ticket(archive: Path, path: Path) -> Ticket:
    """A ticket with its path in this archive, which may have moved since it was written."""
    ticket = Ticket.from_json(path.read_text(encoding="utf-8"))
    return replace(ticket, path=str(home(archive, ticket.sha256)))


def write_ticket(archive: Path, ticket: Ticket, *, is_durable: bool) -> None:
    """Queue the file; one that already waits keeps its first ticket, and all folders."""
    target = archive / "pending" / f"{ticket.sha256}.json"
    if target.exists():
        _add_folders(archive, target, ticket, is_durable=is_durable)
    else:
        _put_ticket(archive, target, ticket, is_durable=is_durable)


def write(part: Path, data: bytes, *, is_durable: bool) -> None:
    """Write a whole file; if it is to be durable, it is on the disk when this returns."""
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        if is_durable:
            os.fsync(file.fileno())


def sync(folders: Iterable[Path]) -> None:
    """The names in these folders are on the disk when this returns."""
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def _add_folders(archive: Path, first: Path, ticket: Ticket, *, is_durable: bool) -> None:
    """Note in the first ticket of a file where equal bytes lay."""
    known = read_ticket(archive, first)
    told = known.with_folders(ticket.folders)
    if told != known:
        _put_ticket(archive, first, told, is_durable=is_durable)


def _put_ticket(archive: Path, target: Path, ticket: Ticket, *, is_durable: bool) -> None:
    part = archive / "incoming" / f"{uuid.uuid4().hex}.part"
    write(part, ticket.to_json().encode(), is_durable=is_durable)
    os.replace(part, target)
