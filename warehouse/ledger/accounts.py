"""The accounts of the ledger: what names them, what they cover, which files tell of them."""

from collections.abc import Mapping

import sqlalchemy as sa

_NAMED = """
SELECT replace(account_id::text, '-', '') AS account_id, owner, institution, account_ref,
       account_kind, currency
FROM account
WHERE account_id IN (SELECT account_id FROM statement)
ORDER BY account_id
"""

_LISTED = """
SELECT left(a.account_id::text, 8) AS account, a.owner, a.account_name, a.institution,
       a.account_tail, a.account_kind, a.currency, a.is_claimed,
       count(DISTINCT s.file_id) AS files,
       string_agg(DISTINCT f.format, ' ' ORDER BY f.format) AS formats,
       min(s.starts_on) AS covered_from, max(s.ends_on) AS covered_to
FROM account a
JOIN statement s USING (account_id)
JOIN file f USING (file_id)
GROUP BY a.account_id
ORDER BY a.owner, a.account_name, a.account_kind, a.currency, a.account_id
"""


def named(connection: sa.Connection) -> list[dict[str, str]]:
    """What names each account. It holds whole references: compare them, never show them."""
    return [dict(row) for row in connection.exec_driver_sql(_NAMED).mappings()]


def shown(account: Mapping[str, object]) -> str:
    """An account as one of several that a person may have meant; of its number only the tail.

    Args:
        account: account_id, owner, institution, account_tail, account_kind and currency.
    """
    digits = str(account["account_id"])[:8]
    names = ("owner", "institution", "account_tail", "account_kind", "currency")
    return f"{digits} ({', '.join(str(account[name]) for name in names)})"


def listed(connection: sa.Connection) -> list[dict[str, object]]:
    """Each account as it may be shown, with the days and files that tell of it."""
    return [dict(row) for row in connection.exec_driver_sql(_LISTED).mappings()]
