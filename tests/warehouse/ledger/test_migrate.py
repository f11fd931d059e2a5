"""The schema of the ledger: up, down, up; and what a run on another schema is told."""

import pytest
import sqlalchemy as sa

from schemas.errors import LedgerBusy, LedgerOutdated
from warehouse.ledger import migrate
from warehouse.ledger.connection import connect, only_run


@pytest.fixture
def blank(empty_database: str):
    engine = connect(empty_database)
    yield engine
    engine.dispose()


def tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names(schema="ledger")) - {"schema_version"}


def test_empty_to_head_to_empty_to_head(blank: sa.Engine) -> None:
    migrate.migrate(blank)
    full = tables(blank)
    assert {"transaction", "entry", "statement", "file"} <= full
    migrate.migrate(blank, "base")
    assert tables(blank) == set()
    migrate.migrate(blank)
    assert tables(blank) == full


def test_models_and_migrations_say_the_same(blank: sa.Engine) -> None:
    migrate.migrate(blank)
    assert migrate.differences(blank) == []
    with blank.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ledger.account ADD COLUMN surplus text")
    assert len(migrate.differences(blank)) == 1


def test_a_schema_of_another_time_is_refused_with_a_remedy(blank: sa.Engine) -> None:
    with pytest.raises(LedgerOutdated, match="buffet migrate"):
        migrate.check(blank)
    migrate.migrate(blank)
    migrate.check(blank)
    with blank.begin() as connection:
        connection.exec_driver_sql("UPDATE ledger.schema_version SET version_num = '9999'")
    with pytest.raises(LedgerOutdated, match="newer than this code"):
        migrate.check(blank)


def test_a_second_run_says_so_and_leaves(engine: sa.Engine, ledger_url: str) -> None:
    other = connect(ledger_url)
    with only_run(engine), pytest.raises(LedgerBusy, match="another run"), only_run(other):
        pass
    with only_run(other):
        pass
    other.dispose()


def test_the_lock_falls_with_its_session(engine: sa.Engine, ledger_url: str) -> None:
    other = connect(ledger_url)
    with only_run(engine):
        with other.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'"
            )
        with only_run(other):
            pass
    other.dispose()
