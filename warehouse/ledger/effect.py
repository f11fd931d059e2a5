"""What a run changes: by account and month the movements and sums, and a digest of it all."""

from datetime import datetime

import sqlalchemy as sa

from schemas.night import Changed, Changes

_SUMS = """
SELECT a.owner, a.account_name, a.currency, date_trunc('month', t.booked_on)::date AS month,
       count(*) FILTER (WHERE t.first_known_at = :at AND t.standing = 'counts') AS added,
       count(*) FILTER (WHERE t.first_known_at = :at AND t.standing <> 'counts') AS superseded,
       count(*) FILTER (WHERE t.first_known_at < :at) AS restated,
       coalesce(sum(t.amount) FILTER (WHERE t.standing = 'counts' AND t.status = 'booked'), 0)
       - coalesce(sum(t.amount) FILTER (WHERE v.standing = 'counts' AND v.status = 'booked'), 0)
           AS change
FROM transaction t
JOIN account a USING (account_id)
LEFT JOIN transaction_version v ON v.transaction_id = t.transaction_id AND v.known_to = :at
WHERE t.known_from = :at
GROUP BY 1, 2, 3, 4, a.account_id
ORDER BY 1, 2, 3, 4, a.account_id
"""

_DIGEST = """
SELECT coalesce(encode(sha256(string_agg(
           uuid_send(transaction_id) || convert_to(standing || '|' || status, 'UTF8'), ''::bytea
           ORDER BY transaction_id)), 'hex'), 'nothing')
FROM transaction WHERE known_from = :at
"""


def changes_of(connection: sa.Connection, at: datetime) -> Changes:
    """What the ledger knows from this instant on, and did not know or knew otherwise before.

    Args:
        connection: may be inside the database transaction that makes the changes.
        at: the instant of a run.
    """
    rows = connection.execute(sa.text(_SUMS), {"at": at})
    digest = connection.execute(sa.text(_DIGEST), {"at": at}).scalar_one()
    return Changes(tuple(Changed(**row) for row in rows.mappings()), digest)
