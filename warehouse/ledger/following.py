"""Which proven statements follow which: each opens with the balance with which another closed.

    first     opening 100 | coffee -3 | closing 97
    between                 opening 97 | rent -10 | closing 87
    last                                  opening 87 | coffee -3 | closing 84

Nothing of the last one is in the first, though the day and the record are the same.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

Statement = tuple[int, int]
"""file_id and statement_no."""

_CHAINED = """
SELECT s.account_id::text, s.file_id, s.statement_no, s.currency, f.format, f.layout, s.ends_on,
       s.opening_balance, s.closing_balance
FROM statement s
JOIN file f USING (file_id)
JOIN (SELECT s.account_id, min(s.ends_on) AS first_on, max(s.ends_on) AS last_on
      FROM staged_meeting m JOIN statement s USING (file_id, statement_no)
      GROUP BY s.account_id) w ON w.account_id = s.account_id
WHERE s.proof = 'proven' AND s.status = 'loaded' AND s.ends_on BETWEEN w.first_on AND w.last_on
ORDER BY s.file_id, s.statement_no
"""
"""All proven statements that end between the first and the last end of those that meet."""


def chained(connection: sa.Connection) -> dict[Statement, tuple[Statement, ...]]:
    """By statement those that open where it closes, and end no earlier.

    Args:
        connection: inside the database transaction, with `staged_meeting`.
    """
    rows = connection.exec_driver_sql(_CHAINED).all()
    opening: dict[tuple[Any, ...], list[tuple[Any, Statement]]] = defaultdict(list)
    for account, file_id, number, currency, *source, ends_on, opens, closes in rows:
        if opens != closes:  # one that ends as it began may stand anywhere
            opening[account, currency, *source, opens].append((ends_on, (file_id, number)))
    return {
        (file_id, number): tuple(
            other
            for other_ends_on, other in opening[account, currency, *source, closes]
            if other != (file_id, number) and ends_on <= other_ends_on
        )
        for account, file_id, number, currency, *source, ends_on, _, closes in rows
    }


def reached(
    first: Statement, followers: Mapping[Statement, Collection[Statement]]
) -> set[Statement]:
    """All statements to which others chain from this one."""
    found: set[Statement] = set()
    todo = list(followers.get(first, ()))
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += followers.get(one, ())
    return found
