"""When the statements of each account came, and until when they reach."""

from collections.abc import Sequence

import sqlalchemy as sa

from schemas.coverage import Arrivals

LATELY = 12
"""So many last days show how often statements come; older ones may have come otherwise."""

_ARRIVALS = """
WITH told AS (
    SELECT s.account_id, greatest(s.ends_on, CASE WHEN s.proof = 'proven' THEN s.closing_on END)
               AS ends_on,
           (f.received_at AT TIME ZONE 'UTC')::date AS received_on
    FROM statement s JOIN file f USING (file_id)
    WHERE s.status <> 'quarantined'
      AND (CAST(:accounts AS uuid[]) IS NULL OR s.account_id = ANY (CAST(:accounts AS uuid[])))
),
of_account AS (
    SELECT account_id, (array_agg(DISTINCT ends_on ORDER BY ends_on DESC)
               FILTER (WHERE ends_on IS NOT NULL))[1:CAST(:latest AS integer)] AS ends,
           max(received_on) AS received_on
    FROM told GROUP BY account_id
)
SELECT account_id::text AS account_id, owner, account_name, institution, account_tail, currency,
       ends, received_on
FROM of_account JOIN account USING (account_id)
WHERE ends IS NOT NULL
ORDER BY account_id
"""


def arrivals(connection: sa.Connection, accounts: Sequence[str] | None = None) -> list[Arrivals]:
    """The statements of each account that came and were believed.

    Args:
        connection: to the ledger.
        accounts: ids; null for all.
    """
    values = {"accounts": None if accounts is None else list(accounts), "latest": LATELY}
    return [
        Arrivals(
            account=row.account_id[:8],
            owner=row.owner,
            account_name=row.account_name,
            institution=row.institution,
            account_tail=row.account_tail,
            currency=row.currency,
            ends=tuple(reversed(row.ends)),
            received_on=row.received_on,
        )
        for row in connection.execute(sa.text(_ARRIVALS), values)
    ]
