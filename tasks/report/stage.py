"""The stage report as a plain function: what the ledger says of a run, as tables of text."""

from dataclasses import dataclass

from schemas.coverage import Late
from schemas.night import NightReceipt, Plan
from tasks.report.expected import late
from tasks.report.render import Row, copy_rows, plain_rows, receipt_rows, trouble_rows
from warehouse.ledger import overview
from warehouse.ledger.arrivals import arrivals
from warehouse.ledger.connection import atomically, disposable


@dataclass(frozen=True)
class Report:
    """Tables for the operator, each a list of rows of text.

    Attributes:
        receipt: what became of the records, by outcome.
        trouble: files that are not wholly in the ledger.
        copies: files of which equal bytes were not loaded again, though they may be others.
        findings: records set aside, with their place and remedy.
        reconciliation: the arithmetic of each statement of the run.
        freshness: the last day covered, by account.
        late: statements that should have come by the day of the run and did not.
    """

    receipt: list[Row]
    trouble: list[Row]
    copies: list[Row]
    findings: list[Row]
    reconciliation: list[Row]
    freshness: list[Row]
    late: tuple[Late, ...]


def report(plan: Plan, receipt: NightReceipt) -> Report:
    """Gather what a person should know; nothing of it names a person, an account or a payee."""
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        findings = overview.findings_of_run(connection, plan.run_id)
        statements = overview.statements_of(connection, plan.run_id)
        freshness = overview.freshness(connection)
        arrived = arrivals(connection)
    return Report(
        receipt=receipt_rows(receipt),
        trouble=trouble_rows(receipt),
        copies=copy_rows(receipt.copies),
        findings=plain_rows(findings, first=("file", "place", "code", "is_set_aside")),
        reconciliation=plain_rows(statements, first=("status", "proof", "difference")),
        freshness=plain_rows(freshness),
        late=late(arrived, plan.expected, plan.today_on),
    )
