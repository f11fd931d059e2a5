"""The night as a Prefect flow: the same night, with doors that are tasks.

Prefect is the clock and the window. What is loaded, what is known and what is published is decided
by the ledger alone, so a run that is killed or run twice leaves the same tables.
"""

from pathlib import Path
from typing import Annotated

from prefect import flow, get_run_logger
from prefect.runtime import flow_run
from pydantic import Field

from flows.house import plan_of, run_night
from flows.local import pages_url
from flows.night import Doors
from flows.run_page import Progress, leave_audit
from schemas.errors import AuditRefused
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
