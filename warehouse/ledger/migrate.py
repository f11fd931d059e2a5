"""The schema of the ledger and its versions."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from schemas.errors import LedgerOutdated
from warehouse.ledger.connection import atomically
from warehouse.ledger.models import SCHEMA, Base

_FOLDER = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x6D696772
"""Advisory lock of a migration; the letters of "migr"."""


def migrate(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the schema up (or down) to a revision; two migrators at once wait for each other.

    Args:
        engine: on the database.
        revision: its number, "head", "base", or "-2" for two steps down.

    Raises:
        LedgerUnavailable: the server went away; the schema is as it was.
    """
    with atomically(engine) as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
        config = _config(connection)
        here = current(connection)
        goes_down = revision == "base" or (here is not None and revision < here)
        (command.downgrade if goes_down else command.upgrade)(config, revision)


def current(connection: sa.Connection) -> str | None:
    """The revision that the database has, or null for an empty one."""
    return _context(connection).get_current_revision()


def head() -> str:
    """The revision that this code was written for."""
    found = ScriptDirectory(str(_FOLDER)).get_current_head()
    if found is None:
        raise AssertionError("the migrations folder is empty")
    return found


def check(engine: sa.Engine) -> None:
    """Refuse to work on a schema of another time.

    Raises:
        LedgerOutdated: the schema is missing, older or newer.
        LedgerUnavailable: the server went away.
    """
    with atomically(engine) as connection:
        here = current(connection)
    if here == head():
        return
    known = {script.revision for script in ScriptDirectory(str(_FOLDER)).walk_revisions()}
    if here is None or here in known:
        problem = f"its schema is {here or 'empty'}, this code needs {head()}"
        raise LedgerOutdated("ledger", problem, "buffet migrate, after a backup")
    problem = f"its schema {here} is newer than this code, which knows {head()}"
    raise LedgerOutdated("ledger", problem, "update the code, or restore the backup of its time")


def differences(engine: sa.Engine) -> list[object]:
    """What autogenerate would change: empty when models and migrations say the same."""
    with engine.connect() as connection:
        return list(compare_metadata(_context(connection), Base.metadata))


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def _context(connection: sa.Connection) -> MigrationContext:
    options = {
        "version_table": "schema_version",
        "version_table_schema": SCHEMA,
        "include_schemas": True,
        "include_name": lambda name, kind, _parents: kind != "schema" or name == SCHEMA,
        "compare_type": True,
    }
    return MigrationContext.configure(connection, opts=options)
