"""Standings: whether a transaction counts, since when, and how it stood before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "transaction",
        sa.Column("standing", sa.Text(), server_default="counts", nullable=False),
        schema="ledger",
    )
    op.add_column("transaction", sa.Column("because", sa.Text(), nullable=True), schema="ledger")
    op.add_column(
        "transaction",
        sa.Column("first_known_at", sa.DateTime(timezone=True), nullable=True),
        schema="ledger",
    )
    op.execute("UPDATE ledger.transaction SET first_known_at = known_from")
    op.alter_column("transaction", "first_known_at", nullable=False, schema="ledger")
    op.create_index(
        op.f("ix_transaction_standing"),
        "transaction",
        ["standing"],
        schema="ledger",
        postgresql_where=sa.text("standing = 'withdrawn'"),
    )
    op.create_index(
        op.f("ix_transaction_account_id"),
        "transaction",
        ["account_id"],
        schema="ledger",
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        op.f("ix_transaction_known_from"),
        "transaction",
        ["known_from"],
        schema="ledger",
        postgresql_using="brin",
    )
    op.create_table(
        "transaction_version",
        sa.Column("transaction_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "transaction_id", "known_from", name=op.f("pk_transaction_version")
        ),
        schema="ledger",
    )
    op.execute(
        """
        CREATE FUNCTION ledger.transaction_as_of(instant timestamptz)
        RETURNS TABLE (
            transaction_id uuid, account_id uuid, booked_on date, amount numeric, currency text,
            status text, standing text, because text, known_from timestamptz
        )
        LANGUAGE sql STABLE AS $$
            SELECT t.transaction_id, t.account_id, t.booked_on, t.amount, t.currency,
                   t.status, t.standing, t.because, t.known_from
            FROM ledger.transaction t WHERE t.known_from <= instant
            UNION ALL
            SELECT t.transaction_id, t.account_id, t.booked_on, t.amount, t.currency,
                   v.status, v.standing, v.because, v.known_from
            FROM ledger.transaction_version v
            JOIN ledger.transaction t USING (transaction_id)
            WHERE v.known_from <= instant AND instant < v.known_to
        $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION ledger.transaction_as_of(timestamptz)")
    op.drop_table("transaction_version", schema="ledger")
    for name in ("standing", "account_id", "known_from"):
        op.drop_index(op.f(f"ix_transaction_{name}"), table_name="transaction", schema="ledger")
    for column in ("first_known_at", "because", "standing"):
        op.drop_column("transaction", column, schema="ledger")
