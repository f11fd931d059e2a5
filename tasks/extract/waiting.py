"""Files that wait: their bytes lie in the archive, their tickets beside them or in `pending`.

    archive/ab/ab12….         the bytes, by their sha256
    archive/ab/ab12….json     the ticket of a file for which the ledger has answered
    archive/pending/          tickets of those for which it has not
    archive/incoming/         what is being written

Whatever is renamed is whole, and tickets of equal bytes become one, so a kill loses nothing. A
ticket that a disk has damaged is told of, and otherwise as good as none.
"""

import hashlib
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from schemas.errors import BrokenTicket
from schemas.ticket import Ticket


@dataclass(frozen=True)
class Pending:
    """Files that are archived but not yet settled.

    Attributes:
        tickets: of the files, in a fixed order.
        broken: tickets that cannot be read, and what is to be done.
    """

    tickets: tuple[Ticket, ...]
    broken: tuple[BrokenTicket, ...]


def pending(archive: Path) -> Pending:
    """The files that wait; in the place of a broken ticket goes that which was filed before."""
    found, broken = [], []
    for path in sorted((archive / "pending").glob("*.json")):
        filed = home(archive, path.stem).with_suffix(".json")
        ticket = read_ticket(archive, path) or read_ticket(archive, filed)
        if ticket is None:
            broken.append(_broken(path, "the ticket of a file that waits cannot be read"))
        elif not Path(ticket.path).exists():
            broken.append(_broken(path, "the archive does not hold the bytes of this ticket"))
        else:
            found.append(ticket)
    return Pending(in_order(found), tuple(broken))


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
    if first := read_ticket(archive, filed):
        if again := read_ticket(archive, ticket):
            _add_folders(archive, filed, first, again, is_durable=True)
        ticket.unlink()
    else:
        os.replace(ticket, filed)


def requeue(archive: Path, sha256s: Iterable[str]) -> tuple[str, ...]:
    """Let files of the archive wait for the next night again, before the ledger gives them up.

    Returns:
        those whose bytes or tickets the archive does not have as they were.
    """
    (archive / "incoming").mkdir(parents=True, exist_ok=True)
    (archive / "pending").mkdir(exist_ok=True)
    lost = []
    for sha256 in sha256s:
        ticket = archived_ticket(archive, sha256)
        if ticket is not None and is_whole(ticket):
            write_ticket(archive, ticket, is_durable=True)
        else:
            lost.append(sha256)
    sync([archive / "pending"])
    return tuple(lost)


def archived_ticket(archive: Path, sha256: str) -> Ticket | None:
    """The ticket of a file that was claimed before, or null."""
    filed = home(archive, sha256).with_suffix(".json")
    return read_ticket(archive, archive / "pending" / f"{sha256}.json") or read_ticket(
        archive, filed
    )


def is_whole(ticket: Ticket) -> bool:
    """The bytes of a ticket are there, and are those that were dropped."""
    try:
        with Path(ticket.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == ticket.sha256
    except FileNotFoundError:
        return False


def home(archive: Path, sha256: str) -> Path:
    """Where bytes lie in the archive."""
    return archive / sha256[:2] / sha256


def in_order(tickets: Iterable[Ticket]) -> tuple[Ticket, ...]:
    """Tickets by the instant of their claim, then by sha256."""
    return tuple(sorted(tickets, key=lambda ticket: (ticket.claimed_at, ticket.sha256)))


def read_ticket(archive: Path, path: Path) -> Ticket | None:
    """A ticket with its path in this archive, which may have moved since it was written.

    Null if there is none, or one that is not whole.
    """
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        ticket = Ticket.from_json(path.read_text(encoding="utf-8"))
        return replace(ticket, path=str(home(archive, ticket.sha256)))
    return None


def write_ticket(archive: Path, ticket: Ticket, *, is_durable: bool) -> None:
    """Queue the file; one that already waits keeps its first ticket, and all folders."""
    target = archive / "pending" / f"{ticket.sha256}.json"
    if first := read_ticket(archive, target):
        _add_folders(archive, target, first, ticket, is_durable=is_durable)
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


def _broken(path: Path, problem: str) -> BrokenTicket:
    return BrokenTicket(
        f"archive/pending/{path.stem[:12]}",
        problem,
        "drop the statement into the inbox again, or remove the ticket if nobody wants it",
    )


def _add_folders(
    archive: Path, path: Path, first: Ticket, again: Ticket, *, is_durable: bool
) -> None:
    """Note in the first ticket of a file where equal bytes lay."""
    told = first.with_folders(again.folders)
    if told != first:
        _put_ticket(archive, path, told, is_durable=is_durable)


def _put_ticket(archive: Path, target: Path, ticket: Ticket, *, is_durable: bool) -> None:
    part = archive / "incoming" / f"{uuid.uuid4().hex}.part"
    write(part, ticket.to_json().encode(), is_durable=is_durable)
    os.replace(part, target)
