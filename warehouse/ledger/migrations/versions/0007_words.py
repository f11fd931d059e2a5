"""Words of persons: categories that they said, and pairs that are no transfer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "category_word",
        sa.Column("said_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(scope = 'transaction' AND transaction_id IS NOT NULL AND vendor IS NULL)"
            " OR (scope = 'vendor' AND transaction_id IS NULL AND vendor IS NOT NULL)",
            name=op.f("ck_category_word_is_about_one"),
        ),
        sa.PrimaryKeyConstraint("said_id", name=op.f("pk_category_word")),
        schema="ledger",
    )
    op.create_table(
        "transfer_word",
        sa.Column("said_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("out_transaction_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("in_transaction_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("said_id", name=op.f("pk_transfer_word")),
        sa.UniqueConstraint(
            "out_transaction_id",
            "in_transaction_id",
            name=op.f("uq_transfer_word_out_transaction_id_in_transaction_id"),
        ),
        schema="ledger",
    )


def downgrade() -> None:
    op.drop_table("transfer_word", schema="ledger")
    op.drop_table("category_word", schema="ledger")
