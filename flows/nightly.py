"""The night as a Prefect flow: the same night, with doors that are tasks.

Prefect is the clock and the window. What is loaded, what is known and what is published is decided
by the ledger alone, so a run that is killed or run twice leaves the same tables.
"""

from pathlib import Path
from typing import Annotated

import httpx
from prefect import flow, get_run_logger
from prefect.runtime import flow_run
from pydantic import Field

from flows.house import plan_of, run_night
from flows.local import pages_url
from flows.night import Doors
from flows.run_page import Progress, leave_audit
from schemas.errors import AuditRefused, BuffetError, WindowGone
from schemas.night import NightReceipt
from schemas.settings import Settings
from tasks.enrich import task as enriching
from tasks.extract import task as extracting
from tasks.load import task as loading
from tasks.publish import task as publishing
from tasks.report import task as reporting
from tasks.report.render import in_words
from tasks.transform import task as transforming
from tasks.validate import task as validating

DOORS = Doors(
    claim=extracting.claim,
    recall=loading.recall,
    extract=extracting.extract,
    validate=validating.validate,
    transform=transforming.transform,
    load=loading.load,
    compare=loading.compare,
    audit=publishing.audit,
    export=publishing.export,
    enrich=enriching.enrich,
    publish=publishing.publish,
    report=reporting.report,
)


def _run_name() -> str:
    kind = "dry-run" if flow_run.parameters.get("dry_run") else "night"
    return f"{kind}-{flow_run.scheduled_start_time:%Y-%m-%d-%H%MZ}"


@flow(
    name="nightly",
    description=__doc__,
    flow_run_name=_run_name,
    persist_result=False,
    validate_parameters=True,
)
def nightly(
    root: Annotated[
        str | None,
        Field(description="Folder or file to read; empty means the inbox, which is emptied."),
    ] = None,
    dry_run: Annotated[
        bool, Field(description="Read and check everything, keep nothing, publish nothing.")
    ] = False,
) -> NightReceipt:
    """Claim, extract, validate, transform, load, audit, export, enrich, publish, report.

    Raises:
        AuditRefused: the ledger failed its audit; the old marts stay.
        LedgerBusy: another run is at work.
    """
    logger = get_run_logger()
    settings = Settings()
    plan = plan_of(settings, root=Path(root) if root else None, is_dry_run=dry_run)
    receipt, _ = run_night(settings, plan, DOORS, tell=Progress(logger.info))
    logger.info("%s", in_words(receipt))
    if receipt.audit is not None:
        leave_audit(receipt.audit, pages_url(settings))
        if not receipt.audit.is_passed:
            raise AuditRefused(
                "audit",
                f"failed: {'; '.join(receipt.audit.failed)}",
                "the old marts stay; the artifact `audit` of this run leads to the pages",
            )
    return receipt


def in_this_process(root: Path | None, *, is_dry_run: bool) -> NightReceipt:
    """The flow, called by a person; if its window goes away, the run stops where it next needs it.

    Prefect tries again for about a minute, in which a server can be started. A task needs the
    server to begin, so a run without it ends between two stages.

    Args:
        root: folder or file to read; null is the inbox.
        is_dry_run: keep nothing.

    Raises:
        WindowGone: the server of Prefect went away; the ledger and the marts are whole.
        AuditRefused, LedgerBusy: as the flow does.
    """
    try:
        return nightly(root=str(root.absolute()) if root else None, dry_run=is_dry_run)
    except BuffetError:
        raise
    except Exception as error:
        if not _is_of_window(error):
            raise
        raise WindowGone(
            "PREFECT_API_URL",
            f"the Prefect server does not answer any more: {type(error).__name__}",
            "nothing is half done; make up starts the server, then run it again;"
            " buffet run --no-prefect works without a server",
        ) from error


def _is_of_window(error: BaseException | None) -> bool:
    """Is a call to the server of Prefect among what led to this?"""
    while error is not None:
        if isinstance(error, httpx.HTTPError):
            return True
        error = error.__cause__ or error.__context__
    return False
