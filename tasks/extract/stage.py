"""The stages claim and extract as plain functions: files in, frames in a batch folder out."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl

from schemas.copies import COPIED
from schemas.errors import DamagedFile, FileError
from schemas.files import FILE
from schemas.night import Plan
from schemas.statement import STATEMENT
from schemas.ticket import Ticket
from tasks.extract import inbox, waiting
from tasks.extract.inbox import Claimed, Drop
from tasks.extract.large import WHOLE_BYTES, LargeFile
from tasks.extract.read import BatchReading, FileResult, read_batch
from tasks.extract.readers import reader_of
from tasks.extract.source import Source
from tasks.extract.volumes import read_large
from tasks.folders import volume


@dataclass(frozen=True)
class Extracted:
    """Counts of a batch after reading: files, files refused, transactions, records set aside."""

    files: int
    refused: int
    transactions: int
    set_aside: int


def claim(plan: Plan) -> Claimed:
    """Take what the night will read: the inbox, a folder, or files of the archive for a replay."""
    if plan.replay:
        return inbox.reclaim(plan.archive, plan.replay)
    drop = Drop(plan.root, plan.keeps_originals, plan.default_owner, plan.quiet_seconds)
    if plan.is_dry_run:
        return inbox.look(drop, plan.started_at, plan.staging)
    return inbox.claim(drop, plan.archive, plan.started_at)


def extract(tickets: Sequence[Ticket], folder: Path, use_proposals: bool = False) -> Extracted:
    """Read a batch; write files, statements, copied.arrow, and its records volume by volume.

    A volume has typed.arrow, details.arrow and findings.arrow. Files of usual size share volumes; a
    large file has its own.
    """
    shelf = _Shelf(folder)
    statements, files = [STATEMENT.to_frame()], []
    for pack in _packs(tickets):
        shelf.begin()
        if len(pack) == 1 and pack[0][1].size_bytes > WHOLE_BYTES:
            if not waiting.is_whole(pack[0][1]):
                files.append(_damaged(*pack[0]))
                continue
            large = read_large(_large(*pack[0]), shelf, use_proposals=use_proposals)
            statements.append(large.statements)
            files.append(large.file)
            continue
        sources, damaged = _opened(pack)
        reading = read_batch(sources, use_proposals=use_proposals)
        shelf.put(reading)
        statements.append(reading.statements)
        files += sorted((*reading.files, *damaged), key=lambda file: file.file_no)
    shelf.close()
    rows = [_file_row(ticket, file) for ticket, file in zip(tickets, files, strict=True)]
    pl.DataFrame(rows, schema=FILE).write_ipc(folder / "files.arrow")
    pl.concat(statements).write_ipc(folder / "statements.arrow")
    copied = [(one.sha256, *astuple(other)) for one in tickets for other in one.others]
    pl.DataFrame(copied, schema=COPIED, orient="row").write_ipc(folder / "copied.arrow")
    return Extracted(
        files=len(files),
        refused=sum(file.error is not None for file in files),
        transactions=sum(shelf.transactions),
        set_aside=sum(shelf.set_aside),
    )


class _Shelf:
    """The volumes of a batch folder, written one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first = 0
        self.transactions: list[int] = []
        self.set_aside: list[int] = []
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self) -> None:
        """The files that follow begin a new volume."""
        self._first = len(self.transactions)

    def put(self, rows: BatchReading) -> None:
        """Write a volume."""
        self.transactions.append(rows.transactions.height)
        self.set_aside.append(int(rows.findings.get_column("is_set_aside").sum()))
        place = volume(self._folder, len(self.transactions))
        place.mkdir(exist_ok=True)
        rows.transactions.write_ipc(place / "typed.arrow")
        rows.details.write_ipc(place / "details.arrow")
        rows.findings.write_ipc(place / "findings.arrow")

    def clear(self) -> None:
        """Remove the volumes of the file that was begun last."""
        for number in range(self._first, len(self.transactions)):
            shutil.rmtree(volume(self._folder, number + 1))
        del self.transactions[self._first :], self.set_aside[self._first :]

    def close(self) -> None:
        """There is one volume at least, if only an empty one."""
        if not self.transactions:
            self.put(read_batch([]))


def _packs(tickets: Sequence[Ticket]) -> Iterator[list[tuple[int, Ticket]]]:
    """Files with their numbers, so many as are read at once; a large one is alone."""
    pack: list[tuple[int, Ticket]] = []
    filled = 0
    for number, ticket in enumerate(tickets):
        if pack and filled + ticket.size_bytes > WHOLE_BYTES:
            yield pack
            pack, filled = [], 0
        pack.append((number, ticket))
        filled += ticket.size_bytes
    if pack:
        yield pack


def _opened(pack: Sequence[tuple[int, Ticket]]) -> tuple[list[Source], list[FileResult]]:
    """The files of a pack, and those of which the archive holds other bytes."""
    sources, damaged = [], []
    for number, one in pack:
        data = Path(one.path).read_bytes()
        if sha256(data).hexdigest() == one.sha256:
            sources.append(Source(number, one.shown_name, data, one.printed_name))
        else:
            damaged.append(_damaged(number, one))
    return sources, damaged


def _damaged(number: int, ticket: Ticket) -> FileResult:
    """Every figure traces to the bytes that came: others are not read in their place."""
    error = DamagedFile(
        ticket.shown_name,
        "the archive does not hold the bytes that were dropped; a disk has damaged them",
        "drop the statement into the inbox again, then buffet quarantine retry",
    )
    return FileResult(number, error=error)


def _large(number: int, ticket: Ticket) -> LargeFile:
    path = Path(ticket.path)
    return LargeFile(number, ticket.shown_name, ticket.printed_name, path, path.stat().st_size)


def _file_row(ticket: Ticket, file: FileResult) -> dict[str, object]:
    error: FileError | None = file.error
    said = {f"error_{key}": text for key, text in error.as_dict().items()} if error else {}
    return {
        "file_no": file.file_no,
        "sha256": ticket.sha256,
        "name": ticket.name,
        "owner": ticket.owner,
        "account_name": ticket.account_name,
        "size_bytes": ticket.size_bytes,
        "claimed_at": ticket.claimed_at,
        "format": file.format,
        "layout": file.layout,
        "bank": file.bank,
        "encoding": file.encoding,
        "reader": reader_of(None, None) if error else reader_of(file.format, file.layout),
        "raw_count": file.raw_count,
        "marker_count": file.marker_count,
        "source_rank": file.source_rank,
        "is_ref_stable": file.is_ref_stable,
        **said,
    }
