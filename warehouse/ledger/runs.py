"""The run book: when a run began, how it ended, what was published."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from schemas.errors import LedgerBusy
from warehouse.ledger.models import File, Publication, Run, Transaction
from warehouse.ledger.rebuild import WAITING


def open_run(
    connection: sa.Connection, *, run_id: str, kind: str, started_at: datetime, code_version: str
) -> None:
    """Write a run into the book; runs that were killed before they could say so are marked.

    The caller holds the run lock, so a run that is still open has no process any more.
    """
    connection.execute(
        sa.update(Run)
        .where(Run.finished_at.is_(None))
        .values(status="crashed", finished_at=started_at)
    )
    connection.execute(
        sa.insert(Run).values(
            run_id=run_id,
            kind=kind,
            status="running",
            started_at=started_at,
            code_version=code_version,
        )
    )


def insist_on_open(connection: sa.Connection, run_id: str) -> None:
    """Refuse to write for a run that another one has taken over; hold others off until the commit.

    The lock of a run falls with its session, so a cut connection may let a second run begin while
    the first one lives. The second marks the first as crashed, and then the first may not go on.

    Raises:
        LedgerBusy: the run is not open any more.
    """
    mine = sa.select(Run.run_id).where(Run.run_id == run_id, Run.finished_at.is_(None))
    if connection.scalar(mine.with_for_update(read=True)) is None:
        raise taken_over()


def taken_over() -> LedgerBusy:
    """What a run says that another one has taken over."""
    return LedgerBusy(
        "ledger",
        "the connection that held the lock of this run was cut, and another run took over",
        "leave the rest to that one; nothing half done was kept",
    )


def close_run(
    connection: sa.Connection,
    *,
    run_id: str,
    status: str,
    finished_at: datetime,
    problem: str | None = None,
) -> None:
    """Say how a run ended: loaded, published, unchanged, refused_by_audit or failed."""
    connection.execute(
        sa.update(Run)
        .where(Run.run_id == run_id)
        .values(status=status, finished_at=finished_at, problem=problem)
    )


def forget_run(connection: sa.Connection, run_id: str) -> None:
    """Take a dry run out of the book; it left nothing else behind."""
    connection.execute(sa.delete(Run).where(Run.run_id == run_id))


def latest_instant(connection: sa.Connection, run_id: str, at: datetime) -> datetime | None:
    """The latest instant that the ledger knows, if the clock of a run, which says `at`, is behind.

    While clocks run forwards the run book alone answers, and nobody looks at transactions.
    """
    others = sa.select(sa.func.max(Run.started_at)).where(Run.run_id != run_id)
    last: datetime | None = connection.scalar(others)
    if last is None or last < at:
        return None
    known: datetime | None = connection.scalar(sa.select(sa.func.max(Transaction.known_from)))
    return max(last, known or last)


def known_files(connection: sa.Connection, sha256s: Sequence[str]) -> set[str]:
    """Those of the files that the ledger has seen before, whatever became of them.

    Files of a rebuild that was interrupted wait to be read again.
    """
    query = sa.select(File.sha256).where(
        File.sha256 == sa.any_(sa.literal(list(sha256s), sa.ARRAY(sa.Text))),
        File.status != WAITING,
    )
    return set(connection.scalars(query))


def record_publication(
    connection: sa.Connection, *, generation: str, action: str, run_id: str | None, at: datetime
) -> None:
    """Write down that the published marts were swapped; action is publish or rollback."""
    connection.execute(
        sa.insert(Publication).values(generation=generation, action=action, run_id=run_id, at=at)
    )


def running_since(connection: sa.Connection) -> datetime | None:
    """When the run that is at work began, or null."""
    return connection.scalar(
        sa.select(Run.started_at).where(Run.finished_at.is_(None)).order_by(Run.started_at.desc())
    )
