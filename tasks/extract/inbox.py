"""Claim: a file goes from the inbox into the archive, once, whatever happens on the way.

    inbox/ana/itau/x.ofx ─copy, hash, fsync─▶ archive/incoming/….part
                         ─rename─▶ archive/ab/ab12….  ─ticket─▶ archive/pending/ab12….json
                         ─only when all of this is on the disk─▶ the inbox loses its files
    loaded by the ledger ─rename─▶ archive/ab/ab12….json   (the ticket lies beside the bytes)

Of a folder that keeps its files, those whose tickets lie there already are read and not copied.

A kill between any two arrows leaves either the file in the inbox or its ticket in `pending`; the
next claim finds both, and equal bytes are one file: its ticket keeps every folder they lay in.

A zip or gzip is unpacked: its bytes are kept too, but the tickets are its members', each a file of
its own. One that cannot be unpacked gets the ticket, and is refused with its reason in the night.
"""

import hashlib
import os
import stat
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BufferedReader
from pathlib import Path

from schemas.errors import FileError, NotAFile, UnsafeContainer
from schemas.masking import masked_numbers
from schemas.ticket import Ticket
from tasks.extract import waiting
from tasks.extract.containers import is_container, may_be_container, members

_UNFINISHED = (".part", ".tmp", ".crdownload", ".partial")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Claimed:
    """What a claim found.

    Attributes:
        tickets: files in the archive that wait to be loaded, and those of a folder that keeps its
            files which are filed already; oldest claim and lowest sha256 first.
        refused: things that are not files, and broken tickets, with their reason; they stay where
            they are.
        left_alone: files that were still being written; the next night takes them.
    """

    tickets: tuple[Ticket, ...]
    refused: tuple[FileError, ...]
    left_alone: tuple[str, ...]


@dataclass(frozen=True)
class Drop:
    """How to treat the folder or file that is claimed.

    Attributes:
        root: folder (or one file) to claim from.
        keeps_originals: true for any place that is not the inbox: the files are copied, not moved.
        default_owner: owner of files that lie in no owner's folder.
        quiet_seconds: a file younger than this is still being written.
    """

    root: Path
    keeps_originals: bool
    default_owner: str
    quiet_seconds: float


def claim(drop: Drop, archive: Path, now: datetime) -> Claimed:
    """Move (or copy) every quiet file below the root into the archive and give each a ticket.

    Tickets of an earlier night that was interrupted come along. Only one claim may run at a time;
    the caller holds the ledger's lock.
    """
    pending = archive / "pending"
    incoming = archive / "incoming"
    for folder in (pending, incoming):
        folder.mkdir(parents=True, exist_ok=True)
    for leftover in incoming.iterdir():
        leftover.unlink()
    taken: dict[Path, Path] = {}
    known: dict[str, Ticket] = {}
    refused, left_alone = [], []
    for path in _candidates(drop.root):
        try:
            found = _take(path, drop, archive, now)
            if isinstance(found, Ticket):
                _put_together(known, found)
            elif found:
                taken[path] = found
            else:
                left_alone.append(shown(path.name))
        except FileError as error:
            refused.append(error)
    waits = waiting.pending(archive)
    tickets = _together(known, waits.tickets)
    if not drop.keeps_originals:
        homes = [*taken.values(), *(Path(ticket.path) for ticket in tickets)]
        waiting.sync({pending, *(home.parent for home in homes)})
        for path in taken:
            path.unlink()
    return Claimed(tickets, (*refused, *waits.broken), tuple(left_alone))


def look(drop: Drop, now: datetime, scratch: Path) -> Claimed:
    """What a claim would find: nothing is moved, the tickets point at the originals.

    Members of a container have no original; they are written below the scratch folder.
    """

    def keep(data: bytes, sha256: str) -> Path:
        home = waiting.home(scratch / "members", sha256)
        home.parent.mkdir(parents=True, exist_ok=True)
        home.write_bytes(data)
        return home

    tickets: dict[str, Ticket] = {}
    refused, left_alone = [], []
    for path in _candidates(drop.root):
        try:
            if _is_quiet(_regular(path), drop, now):
                with path.open("rb") as file:
                    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                whole = _ticket(path, drop, sha256, path, now)
                for ticket in _unpacked(whole, keep):
                    _put_together(tickets, ticket)
            else:
                left_alone.append(shown(path.name))
        except FileError as error:
            refused.append(error)
    in_order = sorted(tickets.values(), key=lambda ticket: ticket.sha256)
    return Claimed(tuple(in_order), tuple(refused), tuple(left_alone))


def reclaim(archive: Path, sha256s: Sequence[str]) -> Claimed:
    """Tickets of files that were claimed before, for a replay; a file that is gone is refused."""
    found, refused = [], []
    for sha256 in sha256s:
        ticket = waiting.archived_ticket(archive, sha256)
        if ticket is not None and Path(ticket.path).exists():
            found.append(ticket)
        else:
            problem = "the archive does not hold its bytes"
            refused.append(
                NotAFile(sha256[:12], problem, "drop the statement into the inbox again")
            )
    return Claimed(tuple(found), tuple(refused), ())


def shown(name: str) -> str:
    """A file name fit for a message: undecodable bytes and control characters escaped, masked."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return masked_numbers("".join(c if c.isprintable() else ascii(c)[1:-1] for c in text))


def _candidates(root: Path) -> Iterator[Path]:
    """Everything below the root that is not a plain folder, hidden, or visibly unfinished."""
    if not root.is_dir():
        yield root
        return
    for path in sorted(root.iterdir(), key=lambda path: os.fsencode(path.name)):
        if path.name.startswith(".") or path.name.endswith(_UNFINISHED):
            continue
        is_folder = path.is_dir() and not path.is_symlink()
        if is_folder and (not path.suffix or any(path.iterdir())):
            yield from _candidates(path)
        else:
            yield path


def _put_together(tickets: dict[str, Ticket], ticket: Ticket) -> None:
    """Equal bytes have one ticket, of the first of them."""
    first = tickets.setdefault(ticket.sha256, ticket)
    tickets[ticket.sha256] = first.with_folders(ticket.folders)


def _together(known: dict[str, Ticket], tickets: tuple[Ticket, ...]) -> tuple[Ticket, ...]:
    """All tickets, in the order in which they are read."""
    if not known:
        return tickets
    for ticket in tickets:
        _put_together(known, ticket)
    return waiting.in_order(known.values())


def _take(path: Path, drop: Drop, archive: Path, now: datetime) -> Path | Ticket | None:
    """Archive one file and queue it, or its members; null if it is still being written.

    Of a file that stays, and of which there is nothing new to keep, only the ticket is told.
    """
    is_durable = not drop.keeps_originals
    before = _regular(path)
    if not _is_quiet(before, drop, now):
        return None
    part = archive / "incoming" / f"{uuid.uuid4().hex}.part"
    with _opened(path) as file:
        if drop.keeps_originals and (filed := _filed(path, file, drop, archive, now)):
            return filed
        sha256 = _copy(file, part, is_durable=is_durable)
    if _fingerprint(_regular(path)) != _fingerprint(before):
        part.unlink()
        return None
    home = _bring_home(archive, part, sha256)

    def keep(data: bytes, sha256: str) -> Path:
        part = archive / "incoming" / f"{uuid.uuid4().hex}.part"
        waiting.write(part, data, is_durable=is_durable)
        return _bring_home(archive, part, sha256)

    for ticket in _unpacked(_ticket(path, drop, sha256, home, now), keep):
        waiting.write_ticket(archive, ticket, is_durable=is_durable)
    return home


def _filed(
    path: Path, file: BufferedReader, drop: Drop, archive: Path, now: datetime
) -> Ticket | None:
    """The ticket of a file whose bytes and folder an earlier ticket in the archive tells."""
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    home = waiting.home(archive, sha256)
    earlier = waiting.read_ticket(archive, home.with_suffix(".json"))
    if not (earlier and home.exists() and home.stat().st_size == earlier.size_bytes):
        return None
    ticket = _ticket(path, drop, sha256, home, now)
    return ticket if ticket.folder in earlier.folders else None


def _bring_home(archive: Path, part: Path, sha256: str) -> Path:
    """Move finished bytes to their place; what is there already is the same, unless damaged."""
    home = waiting.home(archive, sha256)
    home.parent.mkdir(exist_ok=True)
    part.chmod(0o444)
    os.replace(part, home)
    return home


def _unpacked(whole: Ticket, keep: Callable[[bytes, str], Path]) -> list[Ticket]:
    """The tickets of a container's members, whose bytes are kept; of any other file, its own."""
    with Path(whole.path).open("rb") as file:
        head = file.read(_BLOCK)
        data = head + file.read() if may_be_container(head) else b""
    if not is_container(data):
        return [whole]
    try:
        found = members(whole.name, data)
    except UnsafeContainer:
        return [whole]
    tickets = []
    for member in found:
        sha256 = hashlib.sha256(member.data).hexdigest()
        ticket = replace(
            whole,
            sha256=sha256,
            name=f"{whole.name}/{member.name}",
            size_bytes=len(member.data),
            path=str(keep(member.data, sha256)),
            container=whole.sha256,
        )
        tickets.append(ticket)
    return tickets


def _ticket(path: Path, drop: Drop, sha256: str, home: Path, now: datetime) -> Ticket:
    folders = path.relative_to(drop.root).parts[:-1] if drop.root.is_dir() else ()
    return Ticket(
        sha256=sha256,
        name=os.fsencode(path.name).decode("utf-8", "backslashreplace"),
        owner=folders[0] if folders else drop.default_owner,
        account_name=folders[1] if len(folders) > 1 else None,
        size_bytes=home.stat().st_size,
        claimed_at=now,
        path=str(home),
    )


def _regular(path: Path) -> os.stat_result:
    """The status of a regular file; symlinks, folders, pipes and sockets are refused."""
    status = path.lstat()
    if stat.S_ISREG(status.st_mode):
        return status
    kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a regular file"
    if stat.S_ISDIR(status.st_mode):
        kind = "a folder"
    raise NotAFile(shown(path.name), f"it is {kind}", "put the statement file itself there")


def _is_quiet(status: os.stat_result, drop: Drop, now: datetime) -> bool:
    # A file from the future was written by a clock that is wrong, not a moment ago.
    return drop.keeps_originals or abs(now.timestamp() - status.st_mtime) >= drop.quiet_seconds


def _fingerprint(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _opened(path: Path) -> BufferedReader:
    """The file itself, never what a link points at."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags)
    except PermissionError as error:
        raise NotAFile(
            shown(path.name), "it may not be read", "give the pipeline's user the right to read it"
        ) from error
    return os.fdopen(handle, "rb")


def _copy(source: BufferedReader, part: Path, *, is_durable: bool) -> str:
    """Copy and hash in one pass; a durable copy is on the disk when this returns."""
    digest = hashlib.sha256()
    with part.open("wb") as target:
        while block := source.read(_BLOCK):
            digest.update(block)
            target.write(block)
        target.flush()
        if is_durable:
            os.fsync(target.fileno())
    return digest.hexdigest()
