"""Papers in every order, and what counts of them in the end."""

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from papers import Paper, batchings, empty

from warehouse.ledger import reader


def counting(engine: sa.Engine) -> list[tuple[int, str, str]]:
    """What counts: day, amount and text as its best entry prints it."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            """SELECT extract(day FROM t.booked_on)::int, trim_scale(t.amount)::text, e.description
               FROM transaction t JOIN entry e USING (file_id, record_no)
               WHERE t.standing = 'counts' ORDER BY 1, 2, 3"""
        )
        return [tuple(row) for row in rows]


def total(engine: sa.Engine) -> Decimal:
    return sum((Decimal(amount) for _, amount, _ in counting(engine)), Decimal(0))


def in_every_order(load, engine, papers: Sequence[Paper]) -> list[tuple[int, str, str]]:
    """Load in all orders, together and one by one; what counts must always be the same."""
    seen, ledgers = [], set()
    for nights_ in batchings(papers):
        for papers_ in nights_:
            for one in load(*papers_):
                assert one.receipt.read == len(
                    next(p for p in papers if f"{p.name:x<64}" == one.sha256).movements
                )
        seen.append(counting(engine))
        assert seen[-1] == seen[0]
        with reader.snapshot(engine) as connection:
            ledgers.add(tuple(sorted(reader.digests(connection).items())))
        assert len(ledgers) == 1
        empty(engine)
    return seen[0]
