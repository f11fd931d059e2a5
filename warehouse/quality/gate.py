"""The gate between ledger and marts: audit the ledger, write the pages, pass the verdict."""

import warnings
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from warehouse.quality import docs as pages
from warehouse.quality.check import Answer
from warehouse.quality.suites import plan
from warehouse.quality.verdict import CheckResult, Verdict

__all__ = ["CheckResult", "Verdict", "audit"]


def audit(
    url: str, *, run_id: str | None, docs: Path, at: datetime, stale_days: int = 45
) -> Verdict:
    """Ask the ledger whether it may be published, and write the answer as pages for a person.

    Args:
        url: the ledger's database; its schema is `ledger`. No row of it is changed.
        run_id: look at what this run changed, beside cheap global counters; null: the whole ledger.
        docs: folder of the pages; the last 30 audits stay in it.
        at: UTC instant of the audit.
        stale_days: warn of accounts that had no new file for longer than this.

    Raises:
        LedgerUnavailable: the server does not answer.
        AuditRefused: a check could not be run, so there is no verdict.
        ValueError: run_id is not a UUID.
    """
    planned = plan(run_id=run_id, at=at, stale_days=stale_days)
    with warnings.catch_warnings():
        # Great Expectations 1.24 imports modules that Python 3.11 deprecates
        warnings.simplefilter("ignore")
        from warehouse.quality.expectations import ask  # noqa: PLC0415 - two seconds to import

        found = {answer.check.name: _result(answer) for answer in ask(url, planned)}
    results = tuple(found[check.name] for check in planned.checks)
    index = docs / "index.html"
    verdict = Verdict(_may_pass(results), results, index, run_id, at)
    try:
        pages.write(verdict)
    except OSError as error:
        return replace(verdict, checks=(*results, _unwritten(error)))
    return verdict


def _may_pass(results: tuple[CheckResult, ...]) -> bool:
    return all(result.is_passed or result.severity == "warn" for result in results)


def _result(answer: Answer) -> CheckResult:
    check = answer.check
    return CheckResult(
        name=check.name,
        title=check.title,
        severity=check.severity,
        is_passed=answer.is_passed,
        observed=f"holds for {answer.seen - answer.failing:,} of {answer.seen:,} {check.counts}",
        expected=check.expected,
        failing_count=answer.failing,
        batch=check.batch,
        topic=check.topic,
        remedy=check.remedy,
        asked=check.asked,
    )


def _unwritten(error: OSError) -> CheckResult:
    """The verdict stands without its pages, but nobody should look for them in vain."""
    return CheckResult(
        name="pages_written",
        title="The pages of this audit were written",
        severity="warn",
        is_passed=False,
        observed=error.strerror or type(error).__name__,
        expected="written",
        failing_count=1,
        batch="pages",
        topic="Pages",
        remedy="make room in the folder of the pages, or give it to the user of the pipeline",
        asked="",
    )
