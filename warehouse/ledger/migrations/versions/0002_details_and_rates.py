"""Details: the parts of an entry, where the bank says them; and the rate of a conversion."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entry", sa.Column("exchange_rate", sa.Numeric(), nullable=True), schema="ledger")
    op.create_table(
        "detail",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("record_no", sa.Integer(), nullable=False),
        sa.Column("detail_no", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=True),
        sa.Column("bank_ref", sa.Text(), nullable=True),
        sa.Column("kind_code", sa.Text(), nullable=True),
        sa.Column("original_amount", sa.Numeric(), nullable=True),
        sa.Column("original_currency", sa.Text(), nullable=True),
        sa.Column("exchange_rate", sa.Numeric(), nullable=True),
        sa.Column("raw_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "record_no", "detail_no", name=op.f("pk_detail")),
        schema="ledger",
    )


def downgrade() -> None:
    op.drop_table("detail", schema="ledger")
    op.drop_column("entry", "exchange_rate", schema="ledger")
