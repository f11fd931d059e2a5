"""The stages claim and extract as plain functions: files in, frames in a batch folder out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.errors import FileError
from schemas.files import FILE
from schemas.night import Plan
from schemas.ticket import Ticket
from tasks.extract import inbox
from tasks.extract.inbox import Claimed, Drop
from tasks.extract.read import FileResult, read_batch
from tasks.extract.source import Source


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
    """Read a batch; write files, typed, details, statements and findings, each as .arrow."""
    sources = [
        Source(number, ticket.shown_name, Path(ticket.path).read_bytes(), ticket.printed_name)
        for number, ticket in enumerate(tickets)
    ]
    reading = read_batch(sources, use_proposals=use_proposals)
    files = [_file_row(ticket, file) for ticket, file in zip(tickets, reading.files, strict=True)]
    folder.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(files, schema=FILE).write_ipc(folder / "files.arrow")
    reading.transactions.write_ipc(folder / "typed.arrow")
    reading.details.write_ipc(folder / "details.arrow")
    reading.statements.write_ipc(folder / "statements.arrow")
    reading.findings.write_ipc(folder / "findings.arrow")
    return Extracted(
        files=len(files),
        refused=sum(file.error is not None for file in reading.files),
        transactions=reading.transactions.height,
        set_aside=reading.findings.filter("is_set_aside").height,
    )


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
        "raw_count": file.raw_count,
        "marker_count": file.marker_count,
        "source_rank": file.source_rank,
        "is_ref_stable": file.is_ref_stable,
        **said,
    }
