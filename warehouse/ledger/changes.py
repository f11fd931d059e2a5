"""What the ledger knew at two instants: which figures of the past changed between them, and why.

A figure is the sum of the booked movements of an account in a month that count. Movements that were
booked from the day of the first instant on, and not known at it, are no change: the days went on.
"""

from datetime import datetime

import sqlalchemy as sa

from schemas.masking import masked_numbers

Row = dict[str, object]

_CHANGED = """
CREATE TEMP TABLE changed ON COMMIT DROP AS
SELECT n.transaction_id, n.account_id, n.booked_on, n.amount, n.currency, n.known_from,
       t.status AS status_then, t.standing AS standing_then, t.because AS because_then,
       n.status, n.standing, n.because,
       CASE WHEN t.status = 'booked' AND t.standing = 'counts' THEN n.amount
            ELSE 0.0000 END AS "then",
       CASE WHEN n.status = 'booked' AND n.standing = 'counts' THEN n.amount
            ELSE 0.0000 END AS now
FROM transaction_as_of(:until) n
LEFT JOIN transaction_as_of(:since) t USING (transaction_id)
WHERE n.known_from > :since
  AND (n.standing = 'counts' OR t.standing = 'counts')
  AND CASE WHEN t.transaction_id IS NULL
           THEN n.booked_on < CAST(:since_day AS date) AND n.status = 'booked'
           ELSE (n.status, n.standing) <> (t.status, t.standing) END
"""
"""Movements that count otherwise, or are booked, or came too late to be known."""

_TRANSACTIONS = """
SELECT c.transaction_id::text AS transaction_id, c.booked_on, a.account_name, a.account_tail,
       c.account_id::text AS account_id, c.amount, c.currency,
       CASE WHEN c.standing_then IS NULL THEN 'appeared late'
            WHEN c.standing_then <> 'counts' THEN 'came back'
            WHEN c.standing <> 'counts' THEN c.standing
            ELSE c.status END AS change,
       coalesce(
           c.because,
           CASE WHEN c.because_then IS NOT NULL THEN 'no longer: ' || c.because_then
                ELSE 'statement ' || e.statement_no || ' of file ' || left(f.sha256, 12)
                     || ' tells it' END) AS because,
       c.known_from, c.now - c."then" AS change_amount
FROM changed c
JOIN account a USING (account_id)
JOIN transaction x USING (transaction_id)
LEFT JOIN entry e ON (e.file_id, e.record_no) = (x.file_id, x.record_no)
LEFT JOIN file f ON f.file_id = e.file_id
ORDER BY a.account_name, c.account_id, c.booked_on, c.known_from, c.transaction_id
"""

_MONTHS = """
SELECT a.account_name, a.account_tail, m.account_id::text AS account_id, m.currency, m.month,
       s.sum_then, s.sum_then + m.change AS sum_now, m.change, m.transaction_count
FROM (
    SELECT account_id, currency, CAST(date_trunc('month', booked_on) AS date) AS month,
           sum(now - "then") AS change, count(*) AS transaction_count
    FROM changed GROUP BY 1, 2, 3
) m
JOIN account a USING (account_id)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.amount), 0.0000) AS sum_then
    FROM transaction_as_of(:since) t
    WHERE (t.account_id, t.currency) = (m.account_id, m.currency)
      AND t.booked_on >= m.month AND t.booked_on < m.month + interval '1 month'
      AND t.status = 'booked' AND t.standing = 'counts'
) s
ORDER BY 1, 3, 4, 5
"""
"""The sum of each month as it was known, and as it is: what was known grew by the changes alone."""


def changes(connection: sa.Connection, since: datetime, until: datetime) -> dict[str, list[Row]]:
    """Which sums of the past changed between two UTC instants, and each transaction that is why.

    Args:
        connection: inside a database transaction; a temporary table lives in it.
        since: the earlier instant.
        until: the later one.

    Returns:
        `months`: sum_then and sum_now of each account and month that has a change; `transactions`:
        each change with its amount, which adds up to the difference of its month. Both are empty
        when nothing changed. Names of accounts are masked.
    """
    instants = {"since": since, "until": until}
    connection.execute(sa.text(_CHANGED), {**instants, "since_day": since.date()})
    found = {
        "months": _rows(connection, _MONTHS, {"since": since}),
        "transactions": _rows(connection, _TRANSACTIONS, {}),
    }
    connection.exec_driver_sql("DROP TABLE changed")
    return found


def _rows(connection: sa.Connection, query: str, values: dict[str, object]) -> list[Row]:
    rows = [dict(row) for row in connection.execute(sa.text(query), values).mappings()]
    return [row | {"account_name": masked_numbers(str(row["account_name"]))} for row in rows]
