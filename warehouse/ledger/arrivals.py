"""When the statements of each account came, and what they cover."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from schemas.coverage import Arrivals

_ARRIVALS = """
SELECT s.account_id::text AS account_id, s.starts_on,
       greatest(s.ends_on, CASE WHEN s.proof = 'proven' THEN s.closing_on END) AS ends_on,
       (f.received_at AT TIME ZONE 'UTC')::date AS received_on
FROM statement s JOIN file f USING (file_id)
WHERE s.status <> 'quarantined'
  AND (CAST(:accounts AS uuid[]) IS NULL OR s.account_id = ANY (CAST(:accounts AS uuid[])))
"""

_ACCOUNTS = """
SELECT account_id::text AS account_id, owner, account_name, institution, account_tail, currency
FROM account ORDER BY account_id
"""


def arrivals(connection: sa.Connection, accounts: Sequence[str] | None = None) -> list[Arrivals]:
    """The statements of each account that came and were believed.

    Args:
        connection: to the ledger.
        accounts: ids; null for all.
    """
    values = {"accounts": None if accounts is None else list(accounts)}
    periods: dict[str, list[tuple[date, date]]] = defaultdict(list)
    received: dict[str, date] = {}
    for row in connection.execute(sa.text(_ARRIVALS), values):
        day = received.get(row.account_id, row.received_on)
        received[row.account_id] = max(day, row.received_on)
        if row.ends_on is not None:
            periods[row.account_id].append((row.starts_on or row.ends_on, row.ends_on))
    return [
        Arrivals(
            account=row.account_id[:8],
            owner=row.owner,
            account_name=row.account_name,
            institution=row.institution,
            account_tail=row.account_tail,
            currency=row.currency,
            periods=tuple(sorted(periods[row.account_id])),
            received_on=received[row.account_id],
        )
        for row in connection.exec_driver_sql(_ACCOUNTS)
        if periods[row.account_id]
    ]
