"""What the statements of an account cover, and how they chain.

The spans and links are worked out by Postgres from all that the ledger holds (the views `coverage`
and `statement_link`), so no order of arrival can change them.
"""

from collections.abc import Sequence

import sqlalchemy as sa

Row = dict[str, object]

_SPANS = """
SELECT left(c.account_id::text, 8) AS account, a.owner, a.account_name, a.account_tail, a.currency,
       c.starts_on, c.ends_on, c.state, c.difference, c.because, c.day_count, c.bridged_day_count,
       c.statement_count,
       left(b.sha256, 12) || '/' || c.before_statement_no AS statement_before,
       left(n.sha256, 12) || '/' || c.after_statement_no AS statement_after
FROM ledger.coverage_of(CAST(:accounts AS uuid[])) c
JOIN account a USING (account_id)
LEFT JOIN file b ON b.file_id = c.before_file_id
LEFT JOIN file n ON n.file_id = c.after_file_id
ORDER BY a.owner, a.account_name, a.account_kind, a.currency, c.account_id, c.starts_on
"""

_LINKS = """
SELECT left(l.account_id::text, 8) AS account, a.account_tail, a.currency, l.kind,
       left(b.sha256, 12) || '/' || l.before_statement_no AS statement_before,
       l.closed_on, l.closing_balance,
       left(n.sha256, 12) || '/' || l.after_statement_no AS statement_after,
       l.opened_on, l.opening_balance, l.moved, l.difference
FROM ledger.statement_links_of(CAST(:accounts AS uuid[])) l
JOIN account a USING (account_id)
JOIN file b ON b.file_id = l.before_file_id
JOIN file n ON n.file_id = l.after_file_id
ORDER BY l.account_id, l.opened_on, n.sha256, l.after_statement_no
"""


def spans(connection: sa.Connection, accounts: Sequence[str] | None = None) -> list[Row]:
    """What is known of each day, as spans of days of one state, by account and in order.

    Args:
        connection: to the ledger.
        accounts: ids; null for all.
    """
    return _rows(connection, _SPANS, accounts)


def links(connection: sa.Connection, accounts: Sequence[str] | None = None) -> list[Row]:
    """How each proven statement follows another: chained, overlap, gap or contradiction.

    Args:
        connection: to the ledger.
        accounts: ids; null for all.
    """
    return _rows(connection, _LINKS, accounts)


def _rows(connection: sa.Connection, query: str, accounts: Sequence[str] | None) -> list[Row]:
    values = {"accounts": None if accounts is None else list(accounts)}
    return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]
