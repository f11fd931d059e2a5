"""Pending: what was announced has been booked, under another day, amount or text, or never was.

    booked under the same identity   one transaction: its status turned to booked (merges.py)
    booked otherwise                 `became`: the booking counts, the announcement does not
    not booked, 14 days behind       `expired`: the statements have passed it by
    else                             it counts as pending; balances never count it

An announcement and a booking belong together by the bank's reference, by amount and text, by text
alone, or by the amount alone where neither has another partner; the surest pair is made first, and
each is in one pair at most.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl
import sqlalchemy as sa

from warehouse.ledger.staging import stage

EXPIRES_DAYS = 14
_ALONE = 4

_OPEN = """
    SELECT p.transaction_id, p.account_id, p.booked_on, p.amount, p.currency, p.text_key, p.status,
           p.standing, e.bank_ref
    FROM transaction p
    LEFT JOIN entry e USING (file_id, record_no)
    WHERE p.status = 'pending' AND p.standing <> 'withdrawn'
      AND p.account_id IN (SELECT account_id FROM touched_account)
      AND p.booked_on >= (
          SELECT min(booked_on) - 60
          FROM (
              SELECT booked_on FROM touched_day
              UNION ALL
              SELECT booked_on FROM transaction
              WHERE status = 'pending' AND standing = 'counts'
                AND account_id IN (SELECT account_id FROM touched_account)
          ) judged_day
      )
"""
"""Announcements that the batch may judge: of its days, or open still, and those that they compete
with, for who has become a booking leaves it to nobody else."""

_HAS_PENDING = f"SELECT EXISTS ({_OPEN})"
"""Is there anything announced in the accounts of the batch?"""

_PENDING_PAIRS = f"""
SELECT *
FROM (
    SELECT CASE WHEN p.bank_ref = e.bank_ref THEN 1
                WHEN p.amount = b.amount AND p.text_key = b.text_key THEN 2
                WHEN p.text_key = b.text_key AND p.text_key <> '' THEN 3
                WHEN p.amount = b.amount AND b.booked_on - p.booked_on BETWEEN -1 AND 7 THEN 4
                END AS strength,
           abs(b.booked_on - p.booked_on) AS days,
           p.transaction_id::text AS pending_id, b.transaction_id::text AS booked_id, b.booked_on
    FROM ({_OPEN}) p
    JOIN transaction b ON b.account_id = p.account_id AND b.currency = p.currency
                      AND b.status = 'booked' AND b.standing = 'counts'
                      AND sign(b.amount) = sign(p.amount)
                      AND b.booked_on BETWEEN p.booked_on - 3 AND p.booked_on + 30
    JOIN entry e ON e.file_id = b.file_id AND e.record_no = b.record_no
    WHERE NOT EXISTS (
        SELECT FROM entry own WHERE own.transaction_id = b.transaction_id AND own.status = 'pending'
    )
) pair
WHERE strength IS NOT NULL
"""  # noqa: S608 - our own
"""Announcements and bookings that may belong together, see `Pair`."""

_JUDGE_PENDING = f"""
INSERT INTO verdict
SELECT p.transaction_id,
       CASE WHEN c.transaction_id IS NOT NULL THEN 'became'
            WHEN passed.covered_to > p.booked_on + :days THEN 'expired'
            ELSE 'counts' END,
       CASE WHEN c.transaction_id IS NOT NULL THEN c.because
            WHEN passed.covered_to > p.booked_on + :days
                THEN 'it was announced, and statements up to ' || passed.covered_to
                     || ' have not booked it'
            END
FROM ({_OPEN}) p
LEFT JOIN coupled c USING (transaction_id)
LEFT JOIN LATERAL (
    SELECT max(coalesce(s.closing_on, s.ends_on)) AS covered_to
    FROM statement s
    WHERE s.account_id = p.account_id AND s.status IN ('loaded', 'accepted')
      AND EXISTS (
          SELECT FROM entry e
          WHERE e.file_id = s.file_id AND e.statement_no = s.statement_no AND e.status = 'booked'
      )
) passed ON true
"""  # noqa: S608 - our own
"""What has become of each announcement."""


@dataclass(frozen=True, order=True)
class Pair:
    """An announcement and a booking that may belong together, the surest first.

    Attributes:
        strength: 1 the bank's reference, 2 amount and text, 3 text, 4 the amount alone.
        days: how far apart they are.
        pending_id, booked_id: the transactions.
        booked_on: the day of the booking.
    """

    strength: int
    days: int
    pending_id: str
    booked_id: str
    booked_on: date


def judge(connection: sa.Connection) -> None:
    """Add to `verdict` what has become of announcements in the accounts of a batch."""
    if not connection.execute(sa.text(_HAS_PENDING)).scalar():
        return
    pairs = [Pair(*row) for row in connection.exec_driver_sql(_PENDING_PAIRS)]
    made = couples(pairs)
    rows = pl.DataFrame(
        [
            (one.pending_id, f"booked on {one.booked_on} as {one.booked_id.replace('-', '')}")
            for one in made
        ],
        schema={"transaction_id": pl.String(), "because": pl.String()},
        orient="row",
    )
    stage(connection, "coupled", rows)
    connection.execute(sa.text(_JUDGE_PENDING), {"days": EXPIRES_DAYS})


def couples(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs that are made: the surest first, each announcement and booking once."""
    ranked = sorted(pairs)
    partners = Counter(one.pending_id for one in ranked)
    partners.update(one.booked_id for one in ranked)
    taken: set[str] = set()
    made = []
    for one in ranked:
        is_unsure = one.strength == _ALONE and (
            partners[one.pending_id] > 1 or partners[one.booked_id] > 1
        )
        if not is_unsure and not {one.pending_id, one.booked_id} & taken:
            taken |= {one.pending_id, one.booked_id}
            made.append(one)
    return made
