"""What can be seen of the ledger from outside, without holding anything up."""

import sqlalchemy as sa

from warehouse.ledger.connection import RUN_LOCK

_IS_HELD = sa.text("""
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND classid = 0 AND objid = CAST(:key AS oid)
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)""")


def is_run_at_work(connection: sa.Connection) -> bool:
    """Does some process hold the lock of a run right now? Asking does not take it."""
    return bool(connection.scalar(_IS_HELD, {"key": RUN_LOCK}))


def server_version(connection: sa.Connection) -> str:
    """The version of the server, as it names itself."""
    return str(connection.scalar(sa.text("SHOW server_version")))
