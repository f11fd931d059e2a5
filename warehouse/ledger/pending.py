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

from warehouse.ledger import standings
from warehouse.ledger.staging import stage

EXPIRES_DAYS = 14
_ALONE = 4


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
    if not connection.execute(sa.text(standings.HAS_PENDING)).scalar():
        return
    pairs = [Pair(*row) for row in connection.exec_driver_sql(standings.PENDING_PAIRS)]
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
    connection.execute(sa.text(standings.JUDGE_PENDING), {"days": EXPIRES_DAYS})


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
