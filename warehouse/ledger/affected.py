"""What the ledger changed since the last publication, noted by triggers in the table `touched`.

Marts that were built from the last publication are brought up to date by reading no more than the
accounts in it, each from the first day of the month in which its first change lies. Notes are taken
out only by the publication that has seen them: too many of them cost time, never truth.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from warehouse.ledger.models import Publication, Touched

AFFECTED = """
    SELECT account_id, date_trunc('month', min(touched_on))::date AS since_on
    FROM touched WHERE account_id IS NOT NULL GROUP BY account_id
"""
"""Each touched account, and the day from which on it is read anew."""

TRANSACTIONS = f"""
    ({AFFECTED}) a CROSS JOIN LATERAL (
        SELECT * FROM transaction x
        WHERE x.account_id = a.account_id AND x.booked_on >= a.since_on
        OFFSET 0
    )
"""  # noqa: S608 - our own
"""In the place of `transaction`: its rows of touched accounts and days. OFFSET keeps it a walk
along the index of account and day, whatever the planner thinks of the number of accounts."""


@dataclass(frozen=True)
class Notes:
    """The notes that a snapshot sees.

    Attributes:
        ids: of the notes.
        is_everything: one of them says that everything may have changed.
        from_days: by account the day from which on it is read anew, as Postgres writes it.
    """

    ids: tuple[int, ...]
    is_everything: bool
    from_days: dict[str, str]


def noted(connection: sa.Connection) -> Notes:
    """What is noted, as this snapshot sees it."""
    rows = connection.execute(sa.select(Touched.touched_id, Touched.account_id)).tuples().all()
    query = f"SELECT account_id::text, since_on::text FROM ({AFFECTED}) a"  # noqa: S608 - our own
    return Notes(
        tuple(row[0] for row in rows),
        any(row[1] is None for row in rows),
        {row[0]: row[1] for row in connection.exec_driver_sql(query)},
    )


def settle(connection: sa.Connection, ids: Sequence[int]) -> None:
    """Take out the notes of what is published now."""
    connection.execute(
        sa.delete(Touched).where(
            Touched.touched_id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.BigInteger)))
        )
    )


def last_published(connection: sa.Connection) -> str | None:
    """The generation of the last publication; null before the first, and after a rollback."""
    query = sa.select(Publication.generation, Publication.action)
    last = connection.execute(query.order_by(Publication.publication_id.desc()).limit(1)).first()
    return last.generation if last is not None and last.action == "publish" else None


@contextmanager
def walking(connection: sa.Connection, *, is_on: bool) -> Iterator[None]:
    """Read by index for the while: the planner knows nothing of fresh notes."""
    if is_on:
        _allow(connection, "off")
    yield
    if is_on:
        _allow(connection, "on")


def _allow(connection: sa.Connection, state: str) -> None:
    for method in ("seqscan", "hashjoin", "mergejoin"):
        connection.execute(sa.select(sa.func.set_config(f"enable_{method}", state, True)))
