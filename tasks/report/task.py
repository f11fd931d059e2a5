"""The door of report: a Prefect task whose artifacts tell an operator what became of a run.

Anyone who reaches the server can read an artifact, so none holds a description, a whole account
number or a name.
"""

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from schemas.night import NightReceipt, Plan
from tasks.doors import discreet
from tasks.report import stage
from tasks.report.render import late_rows, quarantine_page
from tasks.report.stage import Report


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
    create_table_artifact(
        late_rows(tables.late),
        key="late",
        description="Statements that should have come by now and did not, by account.",
    )
    create_markdown_artifact(
        quarantine_page(tables.trouble, tables.findings, tables.copies),
        key="quarantine",
        description="What is not in the ledger, why, and what to do.",
    )
    return tables
