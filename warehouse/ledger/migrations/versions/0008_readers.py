"""Readers: which reader, of which version, read a file."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("file", sa.Column("reader", sa.Text(), nullable=True), schema="ledger")


def downgrade() -> None:
    op.drop_column("file", "reader", schema="ledger")
