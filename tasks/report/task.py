"""The door of report: Prefect tasks and artifacts that tell an operator what became of a run.

Anyone who reaches the server can read an artifact, so none holds a description, a whole account
number or a name.
"""

from collections.abc import Callable
from time import monotonic
from typing import cast
from uuid import UUID

from prefect import task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE

from schemas.night import AuditSummary, NightReceipt, Plan
from tasks.doors import discreet
from tasks.report import stage
from tasks.report.render import audit_page, quarantine_page
from tasks.report.stage import Report

_PAUSE_S = 1.0


@task(
    name="report",
    description="What became of every file and record, for the operator.",
    task_run_name="report",
    tags=["8-report"],
    cache_policy=NO_CACHE,
    persist_result=False,
)
def report(plan: Plan, receipt: NightReceipt) -> Report:
    """Gather the tables of the run and leave them as artifacts."""
    tables = discreet(stage.report)(plan, receipt)
    create_table_artifact(
        tables.receipt,
        key="receipt",
        description="Records by what became of their file: "
        "read = inserted + already known + superseded + set aside + markers.",
    )
    create_table_artifact(
        tables.reconciliation,
        key="reconciliation",
        description="This run's statements: opening + credits + debits = closing, to the cent.",
    )
    create_table_artifact(
        tables.freshness, key="freshness", description="The last day covered, by account."
    )
    create_markdown_artifact(
        quarantine_page(tables.trouble, tables.findings),
        key="quarantine",
        description="What is not in the ledger, why, and what to do.",
    )
    return tables


def leave_audit(audit: AuditSummary, pages: str | None) -> None:
    """Leave the verdict of the audit as an artifact, with a link to its pages.

    Args:
        audit: what it said.
        pages: the address at which a browser finds the pages; null if nobody serves them.
    """
    create_markdown_artifact(
        audit_page(audit, pages),
        key="audit",
        description="Whether the ledger was fit to be published.",
    )


class Progress:
    """Shows how far a run is, as a bar and in its log, at most once a second."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told_at = monotonic()
        bar = create_progress_artifact(
            0.0, key="progress", description="Bytes dealt with, of all that were claimed."
        )
        self._bar = cast("UUID", bar)  # it is a coroutine only inside an event loop

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Tell the stage that begins, and the bytes dealt with so far and in all."""
        if done < total and monotonic() - self._told_at < _PAUSE_S:
            return
        self._told_at = monotonic()
        update_progress_artifact(self._bar, progress=100 * done / total if total else 100.0)
        self._say(f"{stage}: {done:,} of {total:,} bytes" if total > 1 else stage)
