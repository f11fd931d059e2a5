"""Alembic's entry: migrates the connection it is handed by warehouse.ledger.migrate."""

import sqlalchemy as sa
from alembic import context

from warehouse.ledger.models import SCHEMA, Base


def run() -> None:
    """Run the migrations in one database transaction."""
    connection: sa.Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=True,
        include_name=lambda name, kind, _parents: kind != "schema" or name == SCHEMA,
        version_table="schema_version",
        version_table_schema=SCHEMA,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
