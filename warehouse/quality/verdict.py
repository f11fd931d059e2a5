"""What an audit found: one result a check, and the verdict that opens or bars the publication."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from warehouse.quality.check import Severity


@dataclass(frozen=True)
class CheckResult:
    """One check and how it went, in counts only.

    Attributes:
        name: stable name of the check.
        title: the sentence that holds when it passes.
        severity: "fail" bars the publication when it does not hold, "warn" never does.
        is_passed: whether it holds.
        observed: what was found, such as "3 of 1,204 transactions".
        expected: what a sound ledger shows.
        failing_count: offending rows, from 0 up.
        batch: the rows that were looked at.
        topic: the heading under which a person reads it.
        remedy: what to do when it does not hold.
        asked: the question as the database got it, for an engineer.
    """

    name: str
    title: str
    severity: Severity
    is_passed: bool
    observed: str
    expected: str
    failing_count: int
    batch: str
    topic: str
    remedy: str
    asked: str


@dataclass(frozen=True)
class Verdict:
    """Whether the ledger may be published, and why.

    Attributes:
        is_passed: no check of severity "fail" fails.
        checks: all results, in the order of the pages.
        docs: index.html of the pages.
        run_id: the run that was audited; null for the whole ledger.
        at: UTC instant of the audit.
    """

    is_passed: bool
    checks: tuple[CheckResult, ...]
    docs: Path
    run_id: str | None
    at: datetime

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The checks that bar the publication."""
        return tuple(c for c in self.checks if not c.is_passed and c.severity == "fail")

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        """The checks that do not hold but bar nothing."""
        return tuple(c for c in self.checks if not c.is_passed and c.severity == "warn")
