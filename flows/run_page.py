"""What the page of a Prefect run shows beside its tasks: how far it is, and the audit's verdict."""

from collections.abc import Callable
from time import monotonic
from typing import cast
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)

from schemas.night import AuditSummary
from tasks.report.render import audit_page

_PAUSE_S = 1.0


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
