"""How the checks of a run went, in the shape in which the ledger keeps it."""

from pathlib import Path

import polars as pl

from schemas.ledger import CHECK_RESULT
from warehouse.marts.reader import query
from warehouse.quality.verdict import CheckResult, Verdict

_OF_MARTS = """
SELECT * FROM mart_data_quality WHERE run_id = ? AND layer = 'marts'
"""


def of_verdict(verdict: Verdict, run_id: str) -> pl.DataFrame:
    """What the audit of a run found: CHECK_RESULT."""
    rows = [
        {
            "run_id": run_id,
            "checked_at": verdict.at,
            "layer": "ledger",
            "table_name": check.batch,
            "check_name": check.name,
            "subject": "",
            "severity": check.severity,
            "status": _status(check),
            "observed": check.observed,
            "expected": check.expected,
            "failing_rows": check.failing_count,
            "sample_keys": None,
        }
        for check in verdict.checks
    ]
    return pl.DataFrame(rows, schema=CHECK_RESULT)


def of_marts(path: Path, run_id: str) -> pl.DataFrame:
    """What a generation says of itself: CHECK_RESULT."""
    return query(path, _OF_MARTS, [run_id]).select(CHECK_RESULT.names())


def _status(check: CheckResult) -> str:
    return "pass" if check.is_passed else check.severity
