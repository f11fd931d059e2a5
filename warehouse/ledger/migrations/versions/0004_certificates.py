"""Certificates: what was proven is sealed, each on the one before."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate",
        sa.Column("certificate_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("statement_no", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("seals", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("certificate_no", name=op.f("pk_certificate")),
        schema="ledger",
    )
    op.create_index(
        op.f("ix_certificate_sha256_statement_no"),
        "certificate",
        ["sha256", "statement_no"],
        schema="ledger",
    )
    # digests do not become smaller: Postgres need not try
    op.execute("ALTER TABLE ledger.certificate ALTER COLUMN seals SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("certificate", schema="ledger")
