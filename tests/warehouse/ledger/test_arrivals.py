"""Until when the statements of an account reach, and when the last one came."""

from datetime import date

import sqlalchemy as sa
from papers import CSV, MT940, NIGHT_AT, Paper, batch_of

from warehouse.ledger import runs
from warehouse.ledger.arrivals import LATELY, arrivals
from warehouse.ledger.connection import atomically
from warehouse.ledger.writer import write_batch

RUN = "00000000-0000-0000-0000-000000000001"


def load(engine: sa.Engine, *papers: Paper) -> None:
    with atomically(engine) as connection:
        runs.open_run(
            connection, run_id=RUN, kind="night", started_at=NIGHT_AT, code_version="test"
        )
        write_batch(connection, batch_of(RUN, NIGHT_AT, papers))


def test_the_latest_last_days_each_once_and_in_order(engine: sa.Engine) -> None:
    days = [Paper(f"d{day:02}", CSV, [(day, "-1.00", "Kiosk")]) for day in range(1, 21)]
    again = Paper("again", CSV, [(20, "-2.00", "Café"), (19, "-2.00", "Café")])
    broken = Paper("broken", MT940, [(25, "-3.00", "Miete")], opening="10.00", closes="9.00")
    load(engine, *days, again, broken)
    with atomically(engine) as connection:
        (mine,) = arrivals(connection)
    assert mine.ends == tuple(date(2026, 1, day) for day in range(21 - LATELY, 21))
    assert mine.received_on == NIGHT_AT.date()


def test_only_the_accounts_that_are_asked_for(engine: sa.Engine) -> None:
    one, two = (Paper(name, CSV, [(5, "-1.00", "Kiosk")], number=name * 5) for name in "12")
    load(engine, one, two)
    with atomically(engine) as connection:
        ids = connection.scalars(sa.text("SELECT account_id::text FROM account ORDER BY 1")).all()
        assert [one.account for one in arrivals(connection)] == [one[:8] for one in ids]
        assert [one.account for one in arrivals(connection, ids[:1])] == [ids[0][:8]]
        assert arrivals(connection, []) == []
