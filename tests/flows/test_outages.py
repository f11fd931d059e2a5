"""The ledger refuses, waits, or goes away: a clear error, nothing half done; the next run ends.

The server itself raises what is injected: by a trigger, a role with too few rights, a lock that
somebody holds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from flows.house import open_ledger
from schemas.errors import LedgerUnavailable
from schemas.settings import Settings
from tasks.sample.march import march_2025
from warehouse.ledger import reader

TRIGGER = """
CREATE SEQUENCE ledger.failure;
CREATE FUNCTION ledger.fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('ledger.failure') = 1 THEN
        RAISE EXCEPTION 'injected' USING ERRCODE = '{state}';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER fails AFTER INSERT ON ledger.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.fail()
"""
"""Fails the first time; a sequence does not roll back."""

STATES = (
    "40001",  # serialization failure
    "40P01",  # deadlock
    "53100",  # disk full
    "53200",  # out of memory
    "55P03",  # lock not available
    "57014",  # query canceled
    "57P01",  # shutdown
    "25006",  # may only be read
    "42501",  # right missing
)


@pytest.fixture
def march(tmp_path: Path) -> Path:
    """Five files of four accounts."""
    march_2025(tmp_path / "statements")
    return tmp_path / "statements"


@pytest.fixture
def ledger(settings: Settings) -> Iterator[sa.Engine]:
    """The engine of a person who administers the ledger."""
    engine = open_ledger(settings)
    yield engine
    engine.dispose()


def digests(engine: sa.Engine) -> dict[str, str]:
    with reader.snapshot(engine) as connection:
        return reader.digests(connection)


def order(engine: sa.Engine, *commands: str) -> None:
    with engine.begin() as connection:
        for command in commands:
            connection.exec_driver_sql(command)


@contextmanager
def loader(settings: Settings, engine: sa.Engine, *rights: str) -> Iterator[str]:
    """The URL of a role that may do little; the role is gone afterwards."""
    name = f"loader_{engine.url.database}"
    order(engine, f"CREATE ROLE {name} LOGIN", *(right.format(name) for right in rights))
    try:
        yield engine.url.set(username=name).render_as_string(hide_password=False)
    finally:
        order(engine, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@pytest.mark.parametrize(
    ("state", "table"),
    [
        *((state, "transaction") for state in STATES),
        *(("40P01", table) for table in ("run", "file_receipt", "publication")),
    ],
)
def test_what_the_server_raises_is_an_outage_and_the_next_run_ends(
    state: str, table: str, run, march: Path, settings: Settings, ledger: sa.Engine
) -> None:
    before = digests(ledger)
    order(ledger, TRIGGER.format(state=state, table=table))
    with pytest.raises(LedgerUnavailable, match="injected") as caught:
        run(march)
    assert "remedy" in str(caught.value)
    if table != "publication":
        assert digests(ledger) == before
    assert run(march).status == "published"
    with ledger.connect() as connection:
        open_runs = "SELECT count(*) FROM ledger.run WHERE finished_at IS NULL"
        assert connection.exec_driver_sql(open_runs).scalar() == 0


def test_a_role_without_rights_is_told_so(
    run, march: Path, settings: Settings, ledger: sa.Engine
) -> None:
    rights = (
        "GRANT USAGE ON SCHEMA ledger TO {}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO {}",
    )
    with (
        loader(settings, ledger, *rights) as url,
        pytest.raises(LedgerUnavailable, match="permission denied"),
    ):
        run(march, database_url=SecretStr(url))
    assert not settings.archive.exists()


def test_no_connection_to_spare_is_an_outage(
    run, march: Path, settings: Settings, ledger: sa.Engine
) -> None:
    with (
        loader(settings, ledger, "ALTER ROLE {} CONNECTION LIMIT 0") as url,
        pytest.raises(LedgerUnavailable, match="too many connections"),
    ):
        run(march, database_url=SecretStr(url))


def test_a_ledger_that_may_only_be_read_is_named(
    run, march: Path, settings: Settings, ledger: sa.Engine
) -> None:
    """As a standby is, or a server whose disk is nearly full."""
    name = ledger.url.database
    order(ledger, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(LedgerUnavailable, match="read-only"):
        run(march)
    with ledger.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        connection.exec_driver_sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    ledger.dispose()
    assert run(march).status == "published"


def test_a_lock_that_somebody_holds_is_waited_for_as_long_as_the_server_says(
    run, march: Path, settings: Settings, ledger: sa.Engine
) -> None:
    before = digests(ledger)
    waits = f"ALTER DATABASE {ledger.url.database} SET lock_timeout = '300ms'"
    order(ledger, waits)
    with ledger.connect() as holder:
        holder.exec_driver_sql("LOCK TABLE ledger.entry IN SHARE MODE")
        with pytest.raises(LedgerUnavailable, match="lock timeout"):
            run(march)
    assert digests(ledger) == before
    assert run(march).status == "published"


def test_a_server_that_goes_away_under_a_reader_is_an_outage(ledger: sa.Engine) -> None:
    cut = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(LedgerUnavailable), reader.snapshot(ledger) as connection:
        connection.exec_driver_sql(cut)
    assert set(digests(ledger).values()) == {"empty"}
