"""How each check of a run went; and a rejected transfer can be taken back, by another word."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_UNIQUE = "uq_transfer_word_out_transaction_id_in_transaction_id"
_PAIR = ["out_transaction_id", "in_transaction_id"]

# Only the last word of a pair fits into the table as it was, and only one that rejects it.
_ONLY_REJECTED = """
DELETE FROM ledger.transfer_word w
WHERE word <> 'rejected' OR EXISTS (
    SELECT FROM ledger.transfer_word o
    WHERE (o.out_transaction_id, o.in_transaction_id) = (w.out_transaction_id, w.in_transaction_id)
      AND o.said_id > w.said_id
)
"""


def upgrade() -> None:
    op.create_table(
        "check_result",
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("check_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("observed", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("failing_rows", sa.BigInteger(), nullable=False),
        sa.Column("sample_keys", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ledger.run.run_id"], name=op.f("fk_check_result_run_id")
        ),
        sa.PrimaryKeyConstraint(
            "run_id",
            "layer",
            "table_name",
            "check_name",
            "subject",
            name=op.f("pk_check_result"),
        ),
        schema="ledger",
    )
    op.add_column(
        "transfer_word",
        sa.Column("word", sa.Text(), nullable=False, server_default="rejected"),
        schema="ledger",
    )
    op.alter_column("transfer_word", "word", server_default=None, schema="ledger")
    op.drop_constraint(op.f(_UNIQUE), "transfer_word", schema="ledger")


def downgrade() -> None:
    op.execute(_ONLY_REJECTED)
    op.drop_column("transfer_word", "word", schema="ledger")
    op.create_unique_constraint(op.f(_UNIQUE), "transfer_word", _PAIR, schema="ledger")
    op.drop_table("check_result", schema="ledger")
