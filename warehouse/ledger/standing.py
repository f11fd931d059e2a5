"""Standing: which transactions count, worked out from all statements that tell of a day.

    replaced    a statement that was issued again no longer speaks
    contested   the days of a batch that more than one statement covers
    referee     equal records on the day where two statements meet: once or twice? (referee.py)
    told        one source tells a day, and of its statements one that tells the whole day
    pending     what was announced has been booked, or never will be (pending.py)

The result depends on what the ledger holds and not on when it came, so any order of files, in any
batches, makes the same ledger. A transaction that stood otherwise before this run leaves a version.
Days that only one statement covers, nearly all, cost nothing here.
"""

from collections.abc import Mapping
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from warehouse.ledger import pending, referee, standings, tellers
from warehouse.ledger.staging import stage


def retract(connection: sa.Connection, days: pl.DataFrame) -> None:
    """Take back what earlier readings made of the files of a batch, before it is merged.

    Args:
        connection: inside the database transaction of the batch, whose files are in the ledger.
        days: account_id and booked_on of its entries, each pair once.
    """
    stage(connection, "touched_day", days)
    connection.exec_driver_sql(standings.TABLES)
    connection.exec_driver_sql(standings.RETRACT)


def keep_accounts(connection: sa.Connection) -> None:
    """Keep the accounts of which only earlier readings told; those of the batch are merged."""
    connection.exec_driver_sql(standings.KEEP_ACCOUNTS)


def find_contested(connection: sa.Connection) -> None:
    """Note the days of a batch that several statements cover; its statements are in the ledger."""
    connection.exec_driver_sql(standings.REPLACE_STATEMENTS)
    connection.exec_driver_sql(standings.CONTESTED_DAYS)


def settle(connection: sa.Connection, run_id: str, known_from: datetime) -> Mapping[str, int]:
    """Give every transaction of a contested day its standing.

    Args:
        connection: inside the database transaction of the batch, whose entries are in the ledger.
        run_id: the run that loads the batch.
        known_from: the instant from which the ledger knows it.

    Returns:
        by sha256, how many transactions of the batch were new and do not count.
    """
    is_contested = _has_rows(connection, "contested_day")
    if is_contested:
        referee.part_equal_records(connection, run_id, known_from)
    if connection.exec_driver_sql(standings.HAS_WITHDRAWN).scalar():
        connection.exec_driver_sql(standings.TOLD_AGAIN)
    if _has_rows(connection, "moved"):
        connection.execute(sa.text(standings.POINT_MOVED), {"known_from": known_from})
        connection.exec_driver_sql(standings.UNTOLD)
    _give(connection, known_from)
    if is_contested:
        connection.exec_driver_sql(tellers.PARTIAL_DAYS)
        connection.exec_driver_sql(tellers.TOLD)
        connection.exec_driver_sql(tellers.VERDICT)
        _give(connection, known_from)
    pending.judge(connection)
    _give(connection, known_from)
    return dict(connection.execute(sa.text(standings.FRESH_THAT_LOST)).tuples().all())


def _give(connection: sa.Connection, known_from: datetime) -> None:
    """Give the standings of the verdict, and keep how transactions stood before."""
    if _has_rows(connection, "verdict"):
        at = {"known_from": known_from}
        connection.execute(sa.text(standings.KEEP_VERSIONS), at)
        if connection.execute(sa.text(standings.GIVE_STANDING), at).rowcount:
            connection.execute(sa.text(standings.FORGET_TURNS), at)
        connection.exec_driver_sql("TRUNCATE verdict")


def _has_rows(connection: sa.Connection, table: str) -> bool:
    return bool(connection.exec_driver_sql(f"SELECT EXISTS (SELECT FROM {table})").scalar())  # noqa: S608
