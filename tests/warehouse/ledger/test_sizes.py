"""Postgres looks at tables that have grown, and at no others."""

import sqlalchemy as sa

from warehouse.ledger import sizes
from warehouse.ledger.connection import atomically

_LOOKED_AT = """
SELECT relname, analyze_count FROM pg_stat_user_tables
WHERE schemaname = 'ledger' AND analyze_count > 0
"""
_FILES = """
INSERT INTO file (sha256, name, owner, account_name, size_bytes, received_at, format, source_rank,
                  status, attempts, read, set_aside, markers)
SELECT md5(n::text) || md5(n::text), 'a.csv', 'ana', 'conta', 1, now(), 'csv', 3,
       'loaded', 1, 0, 0, 0
FROM generate_series(1, 1000) n
"""


def looked_at(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return dict(connection.exec_driver_sql(_LOOKED_AT).tuples().all())


def known(engine: sa.Engine) -> dict[str, int]:
    with atomically(engine) as connection:
        sizes.know(connection)
    return looked_at(engine)


def test_what_has_grown_is_looked_at_once(engine: sa.Engine) -> None:
    first = known(engine)
    assert first["file"] == first["entry"] == 1
    assert known(engine) == first
    with atomically(engine) as connection:
        connection.exec_driver_sql(_FILES)
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    assert known(engine) == {**first, "file": 2}
