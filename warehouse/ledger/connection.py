"""Doors of the ledger: an engine, a database transaction, and the lock of a run."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import sqlalchemy as sa

from schemas.errors import LedgerBusy, LedgerUnavailable

RUN_LOCK = 0x62756666
"""Advisory lock of a run; the letters of "buff"."""

OUTAGES = (sa.exc.OperationalError, sa.exc.InterfaceError, psycopg.OperationalError)
"""What a broken or missing server raises; COPY raises psycopg's own errors, unwrapped."""

REFUSALS = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
"""What a server raises that answers, but lets nobody write, or not this role."""


def connect(url: str) -> sa.Engine:
    """An engine for the ledger; connections are tested before use and speak UTC."""
    return sa.create_engine(
        url,
        pool_size=3,
        max_overflow=2,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC -c search_path=ledger", "connect_timeout": 10},
    )


@contextmanager
def disposable(url: str) -> Iterator[sa.Engine]:
    """An engine for the length of one stage; its connections are closed at the end."""
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def atomically(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One database transaction: all of it, or nothing.

    Raises:
        LedgerUnavailable: the server went away; nothing was kept.
    """
    with explained(engine), engine.begin() as connection, hung_up_if_interrupted(connection):
        yield connection


@contextmanager
def hung_up_if_interrupted(connection: sa.Connection) -> Iterator[None]:
    """Close a connection for good on an interrupt: behind a query under way no rollback is sent."""
    try:
        yield
    except KeyboardInterrupt:
        connection.invalidate()
        raise


@contextmanager
def explained(engine: sa.Engine) -> Iterator[None]:
    """Turn an outage, and the refusal of a server to be written, into words of ours.

    Raises:
        LedgerUnavailable: the server went away, or refuses; nothing was kept.
    """
    try:
        yield
    except OUTAGES as error:
        if (interrupt := _interrupt_behind(error)) is not None:
            raise interrupt from None
        raise unavailable(engine, error) from error
    except (sa.exc.DBAPIError, psycopg.Error) as error:
        if isinstance(getattr(error, "orig", error), REFUSALS):
            raise unavailable(engine, error, is_refusal=True) from error
        raise


@contextmanager
def only_run(engine: sa.Engine) -> Iterator[None]:
    """Hold the ledger's lock for the length of a run; the server frees it if this process dies.

    Raises:
        LedgerBusy: another run holds it.
    """
    with explained(engine):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(RUN_LOCK))):
            raise LedgerBusy(
                "ledger",
                "another run is at work",
                "wait until it has finished; buffet doctor shows since when it runs",
            )
        try:
            yield
        finally:
            # a server ends a session later than we close it, and the next run may come between
            with suppress(sa.exc.SQLAlchemyError):
                connection.scalar(sa.select(sa.func.pg_advisory_unlock(RUN_LOCK)))
    finally:
        # closing for good ends the session, and with it the lock
        connection.invalidate()
        connection.close()


def unavailable(
    engine: sa.Engine, error: Exception, *, is_refusal: bool = False
) -> LedgerUnavailable:
    """The outage or refusal as a person reads it, without the password."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines() or [""]
    remedy = "start the server or check BUFFET_DATABASE_URL"
    if is_refusal:
        remedy = "let BUFFET_DATABASE_URL name a server and a role that may write the ledger"
    return LedgerUnavailable(
        engine.url.render_as_string(hide_password=True),
        f"the ledger {'refuses' if is_refusal else 'does not answer'}: {lines[0]}",
        f"{remedy}; then run again, nothing half done was kept",
    )


def _interrupt_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """What was being handled when the error came: somebody stopped us, and no server went away."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return error
        error = error.__context__
    return None
