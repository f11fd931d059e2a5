"""The stage load as plain functions: what the ledger knows already, and one batch into it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from schemas.copies import COPIED, Copy
from schemas.decisions import Decision
from schemas.night import Changes, Plan
from schemas.receipts import FileReceipt
from schemas.ticket import Folder, Ticket
from tasks.folders import volumes
from tasks.load.copies import copies_of
from warehouse.ledger import decisions, runs
from warehouse.ledger.connection import atomically, disposable
from warehouse.ledger.copies import dropped_elsewhere
from warehouse.ledger.effect import changes_of
from warehouse.ledger.movements import Rows
from warehouse.ledger.quarantine import wholly_dropped
from warehouse.ledger.writer import LedgerBatch, acknowledge, receipts_of, write_batch


@dataclass(frozen=True)
class Recalled:
    """What the ledger says of claimed files.

    Attributes:
        known: receipts of files it has seen before.
        decisions: what persons decided about the others, as it is in force.
        copies: files of the known that lay where they would be of another account.
    """

    known: tuple[FileReceipt, ...]
    decisions: tuple[Decision, ...]
    copies: tuple[Copy, ...] = ()


def recall(plan: Plan, tickets: Sequence[Ticket]) -> Recalled:
    """Ask the ledger which files it knows, and write their receipts; a replay knows none.

    Raises:
        LedgerBusy: another run has taken over.
    """
    sha256s = [ticket.sha256 for ticket in tickets]
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        runs.insist_on_open(connection, plan.run_id)
        decided = decisions.in_force(connection, sha256s)
        known = set() if plan.replay else runs.known_files(connection, sha256s)
        receipts = acknowledge(connection, plan.run_id, sorted(known))
        dropped = dropped_elsewhere(
            connection,
            (
                (ticket.sha256, folder)
                for ticket in tickets
                if ticket.sha256 in known
                for folder in ticket.folders
            ),
        )
        let_go = wholly_dropped(connection, [one.sha256 for one in dropped])
        if plan.is_dry_run:
            connection.rollback()
    return Recalled(tuple(receipts), decided, copies_of(dropped, plan.accounts, let_go))


@dataclass(frozen=True)
class Loaded:
    """What became of files.

    Attributes:
        receipts: one a file.
        copies: those that lay where they would be of another account.
        changes: on a dry run, which keeps nothing, what it would have changed.
    """

    receipts: tuple[FileReceipt, ...]
    copies: tuple[Copy, ...] = ()
    changes: Changes | None = None


def compare(plan: Plan) -> Changes:
    """What the run has changed in the ledger."""
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        return changes_of(connection, plan.known_from)


def load(plan: Plan, folder: Path, batch_no: int) -> Loaded:
    """Write a batch folder into the ledger in one database transaction.

    Loading the same batch of the same run again changes nothing and gives the same receipts.

    Raises:
        LedgerBusy: another run has taken over.
    """
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        runs.insist_on_open(connection, plan.run_id)
        batch = _batch(plan, folder, batch_no)
        sha256s = batch.files.get_column("sha256").to_list()
        receipts = receipts_of(connection, plan.run_id, sha256s) or write_batch(connection, batch)
        dropped = dropped_elsewhere(connection, _others(folder))
        let_go = wholly_dropped(connection, [one.sha256 for one in dropped])
        changes = None
        if plan.is_dry_run:
            changes = changes_of(connection, plan.known_from)
            connection.rollback()
    return Loaded(tuple(receipts), copies_of(dropped, plan.accounts, let_go), changes)


def _others(folder: Path) -> Iterator[tuple[str, Folder]]:
    """Files of a batch folder, and the other folders in which their bytes lay."""
    for sha256, owner, name in pl.read_ipc(folder / "copied.arrow").select(COPIED.names()).rows():
        yield sha256, Folder(owner, name)


def _batch(plan: Plan, folder: Path, batch_no: int) -> LedgerBatch:
    """A batch folder as the ledger takes it."""
    first, *later = volumes(folder)
    frames = {
        name: pl.read_ipc(folder / f"{name}.arrow") for name in ("files", "accounts", "owned")
    }
    rows = _rows(first)
    return LedgerBatch(
        run_id=plan.run_id,
        batch_no=batch_no,
        known_from=plan.known_from,
        files=frames["files"],
        accounts=frames["accounts"],
        statements=frames["owned"],
        entries=rows.entries,
        details=rows.details,
        findings=rows.findings,
        later=[partial(_rows, part) for part in later],
    )


def _rows(part: Path) -> Rows:
    """The rows of a volume; their memory is that of the files, and goes with them."""
    names = {"entries": "entries", "details": "details", "findings": "judged"}
    return Rows(**{field: pl.read_ipc(part / f"{name}.arrow") for field, name in names.items()})
