"""Check results: how each check of a run went, of the ledger and of the marts."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


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


def downgrade() -> None:
    op.drop_table("check_result", schema="ledger")
