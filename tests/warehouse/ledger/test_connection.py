"""A database transaction that somebody interrupts, wherever the interrupt falls."""

import logging

import pytest
import sqlalchemy as sa

from schemas.errors import LedgerUnavailable
from warehouse.ledger.connection import atomically, explained


def under_way(connection: sa.Connection) -> None:
    """Leave a query under way, as an interrupt between sending and waiting does."""
    connection.exec_driver_sql("CREATE TABLE half_done (a integer)")
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.pgconn.send_query(b"SELECT pg_sleep(30)")


def interrupted(engine: sa.Engine) -> None:
    with atomically(engine) as connection:
        under_way(connection)
        raise KeyboardInterrupt


def interrupted_and_rolled_back(engine: sa.Engine) -> None:
    with explained(engine), engine.begin() as connection:
        under_way(connection)
        raise KeyboardInterrupt


def asked_again(engine: sa.Engine) -> None:
    with atomically(engine) as connection:
        under_way(connection)
        connection.exec_driver_sql("SELECT 1")


def test_an_interrupt_with_a_query_under_way_is_an_interrupt(
    engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(KeyboardInterrupt):
        interrupted(engine)
    assert caplog.records == []
    with atomically(engine) as connection:
        assert connection.scalar(sa.text("SELECT to_regclass('half_done')")) is None


def test_an_interrupt_that_a_rollback_hides_comes_out(engine: sa.Engine) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted_and_rolled_back(engine)


def test_a_query_that_cannot_be_sent_is_an_outage(engine: sa.Engine) -> None:
    with pytest.raises(LedgerUnavailable):
        asked_again(engine)
