"""Empty the ledger for a rebuild: what files said goes, what people decided and when stays."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

_WAVES = """
SELECT r.started_at, array_agg(f.sha256 ORDER BY f.received_at, f.sha256)
FROM file f
JOIN LATERAL (
    SELECT r.started_at
    FROM file_receipt c JOIN run r USING (run_id)
    WHERE c.file_id = f.file_id
    ORDER BY r.started_at
    LIMIT 1
) r ON true
GROUP BY r.started_at
ORDER BY r.started_at
"""

_CLEAR = """
TRUNCATE entry, detail, transaction, transaction_version, statement;
DELETE FROM account;
UPDATE file SET status = 'waiting', read = 0, set_aside = 0, markers = 0
"""

WAITING = "waiting"
"""Status of a file whose records the ledger has given up, until it is read again."""


@dataclass(frozen=True)
class Wave:
    """Files that the ledger came to know in one run.

    Attributes:
        known_from: UTC instant of that run.
        sha256s: the files, in the order of their claims.
    """

    known_from: datetime
    sha256s: tuple[str, ...]


def waves(connection: sa.Connection) -> list[Wave]:
    """All files of the ledger by the run that first had them, oldest first."""
    return [Wave(at, tuple(files)) for at, files in connection.exec_driver_sql(_WAVES)]


def clear(connection: sa.Connection) -> None:
    """Give up all that was read from files. Runs, receipts, findings and decisions stay.

    Each file that is read again retires its own findings, so how often it was tried is not lost.
    """
    connection.exec_driver_sql(_CLEAR)
