"""A check: one sentence about the ledger that holds or does not."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Severity = Literal["fail", "warn"]
"""Whether a check that does not hold bars the publication, or only speaks up."""

Bound = int | date


@dataclass(frozen=True)
class Check:
    """One expectation.

    Attributes:
        name: short and stable; marts and alerts refer to it.
        title: the sentence that holds when the check passes.
        topic: the heading under which a person reads it.
        batch: the rows that it is about; a key of the batches.
        counts: what is counted, in the plural.
        expected: what a passing ledger shows.
        remedy: what to do when it does not hold.
        severity: "fail" stops the publication, "warn" does not.
        query: SQL that finds the offending rows of `batch`; or null, and then
        column: the column that Great Expectations' own expectation looks at, and
        rule: "unique", "not_null", "between" (with `bounds`) or "regex" (with `pattern`).
    """

    name: str
    title: str
    topic: str
    batch: str
    counts: str
    expected: str
    remedy: str
    severity: Severity = "fail"
    query: str | None = None
    column: str | None = None
    rule: Literal["unique", "not_null", "between", "regex"] | None = None
    bounds: tuple[Bound, Bound] | None = None
    pattern: str | None = None

    @property
    def asked(self) -> str:
        """The question for an engineer: the query, or the rule and its column."""
        if self.query is not None:
            return self.query.strip()
        bounds = f" {self.bounds[0]} and {self.bounds[1]}" if self.bounds else ""
        return f"{self.batch}.{self.column} {self.rule}{bounds}{' ' + (self.pattern or '')}".strip()


class Answer(NamedTuple):
    """A check, whether it holds, how many rows offend it, how many were looked at."""

    check: Check
    is_passed: bool
    failing: int
    seen: int
