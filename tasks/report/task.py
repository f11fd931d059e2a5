"""The door of report: a Prefect task that leaves the run's tables as artifacts."""

from prefect import task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from schemas.night import NightReceipt, Plan
from tasks.report import stage
from tasks.report.render import as_markdown
from tasks.report.stage import Report


@task(
    name="report",
    description="What became of every file and record, for the operator.",
    tags=["8-report"],
    cache_policy=NO_CACHE,
    persist_result=False,
)
def report(plan: Plan, receipt: NightReceipt) -> Report:
    """Gather the tables of the run and leave them as artifacts."""
    tables = stage.report(plan, receipt)
    create_table_artifact(
        tables.receipt,
        key="receipt",
        description="read = inserted + already known + superseded + set aside + markers",
    )
    create_table_artifact(
        tables.reconciliation,
        key="reconciliation",
        description="opening + credits + debits = closing, statement by statement",
    )
    create_table_artifact(
        tables.freshness, key="freshness", description="The last day covered, by account"
    )
    create_markdown_artifact(_troubles(tables), key="quarantine", description="What is not loaded")
    if receipt.audit is not None:
        create_link_artifact(
            f"file://{receipt.audit.docs}",
            link_text="the audit's pages",
            key="audit",
            description=f"{receipt.audit.checks} checks, {len(receipt.audit.failed)} failed, "
            f"{len(receipt.audit.warned)} warnings",
        )
    return tables


def _troubles(tables: Report) -> str:
    files = as_markdown(tables.trouble, "Every file is in the ledger.")
    findings = as_markdown(tables.findings, "No record was set aside.")
    return f"## Files\n\n{files}\n\n## Records\n\n{findings}\n"
