"""What an operator wants to know of a run: no account number, no name, no description."""

import sqlalchemy as sa

from warehouse.ledger.quarantine import IS_DROPPED, STATEMENT_STATUS

_STATEMENTS = f"""
SELECT left(f.sha256, 12) AS file, s.statement_no, a.institution, a.account_tail AS account,
       s.currency, s.starts_on, s.ends_on, s.opening_balance, s.credit_sum, s.debit_sum,
       s.closing_balance, s.difference, s.proof, {STATEMENT_STATUS} AS status
FROM file_receipt c
JOIN statement s USING (file_id)
JOIN file f USING (file_id)
JOIN account a USING (account_id)
WHERE c.run_id = CAST(:run_id AS uuid) AND c.outcome <> 'known'
ORDER BY s.status DESC, s.proof, f.sha256, s.statement_no
LIMIT :most
"""  # noqa: S608 - our own

_FINDINGS = f"""
SELECT left(f.sha256, 12) AS file, n.place, n.code, n.remedy, n.is_set_aside
FROM finding n JOIN file f USING (file_id)
WHERE n.run_id = CAST(:run_id AS uuid) AND n.level IS DISTINCT FROM 'file' AND NOT {IS_DROPPED}
ORDER BY f.sha256, n.statement_no, n.record_no NULLS FIRST, n.finding_id
LIMIT :most
"""  # noqa: S608 - our own

_FRESHNESS = """
SELECT a.institution, a.account_tail AS account, a.account_kind, a.currency, a.is_claimed,
       max(s.ends_on) AS covered_to, max(f.received_at) AS last_received_at,
       count(DISTINCT s.file_id) AS files
FROM account a
JOIN statement s USING (account_id)
JOIN file f USING (file_id)
WHERE s.status <> 'quarantined'
GROUP BY a.account_id
ORDER BY covered_to NULLS FIRST, a.institution, a.account_tail
LIMIT :most
"""

MOST = 500
"""Rows a table of the report shows at most."""


def statements_of(connection: sa.Connection, run_id: str) -> list[dict[str, object]]:
    """The run's statements with their arithmetic, those that fail first."""
    return _rows(connection, _STATEMENTS, {"run_id": run_id, "most": MOST})


def findings_of_run(connection: sa.Connection, run_id: str) -> list[dict[str, object]]:
    """The run's findings, but those dropped: file, place, code, remedy; never what was printed."""
    return _rows(connection, _FINDINGS, {"run_id": run_id, "most": MOST})


def freshness(connection: sa.Connection) -> list[dict[str, object]]:
    """By account: the last day covered and when the last file came, the stalest first."""
    return _rows(connection, _FRESHNESS, {"most": MOST})


def _rows(
    connection: sa.Connection, query: str, values: dict[str, object]
) -> list[dict[str, object]]:
    return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]
