"""The ledger: accounts, files, statements, entries, transactions, findings, runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("account_ref", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("account_tail", sa.Text(), nullable=False),
        sa.Column("account_kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_claimed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
        schema="ledger",
    )
    op.create_table(
        "entry",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("record_no", sa.Integer(), nullable=False),
        sa.Column("statement_no", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=True),
        sa.Column("bank_ref", sa.Text(), nullable=True),
        sa.Column("kind_code", sa.Text(), nullable=True),
        sa.Column("flow_class", sa.Text(), nullable=False),
        sa.Column("balance_after", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("original_amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("original_currency", sa.Text(), nullable=True),
        sa.Column("raw_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "record_no", name=op.f("pk_entry")),
        schema="ledger",
    )
    op.create_index(
        op.f("ix_entry_transaction_id"), "entry", ["transaction_id"], unique=False, schema="ledger"
    )
    op.create_table(
        "file",
        sa.Column("file_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("layout", sa.Text(), nullable=True),
        sa.Column("bank", sa.Text(), nullable=True),
        sa.Column("encoding", sa.Text(), nullable=True),
        sa.Column("source_rank", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("set_aside", sa.BigInteger(), nullable=False),
        sa.Column("markers", sa.BigInteger(), nullable=False),
        sa.Column("accepted_reason", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_where", sa.Text(), nullable=True),
        sa.Column("error_problem", sa.Text(), nullable=True),
        sa.Column("error_remedy", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_file_sha256")),
        schema="ledger",
    )
    op.create_index(
        op.f("ix_file_status"),
        "file",
        ["status"],
        unique=False,
        schema="ledger",
        postgresql_where=sa.text("status <> 'loaded'"),
    )
    op.create_table(
        "run",
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
        schema="ledger",
    )
    op.create_table(
        "transaction",
        sa.Column("transaction_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("text_key", sa.Text(), nullable=False),
        sa.Column("ref_key", sa.Text(), nullable=True),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("record_no", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_transaction")),
        schema="ledger",
    )
    op.create_index(
        op.f("ix_transaction_account_id_booked_on"),
        "transaction",
        ["account_id", "booked_on"],
        unique=False,
        schema="ledger",
    )
    op.create_table(
        "file_receipt",
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_no", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("inserted", sa.BigInteger(), nullable=False),
        sa.Column("already_known", sa.BigInteger(), nullable=False),
        sa.Column("superseded", sa.BigInteger(), nullable=False),
        sa.Column("set_aside", sa.BigInteger(), nullable=False),
        sa.Column("markers", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "read = inserted + already_known + superseded + set_aside + markers",
            name=op.f("ck_file_receipt_conserves"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["ledger.file.file_id"], name=op.f("fk_file_receipt_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ledger.run.run_id"], name=op.f("fk_file_receipt_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "file_id", name=op.f("pk_file_receipt")),
        schema="ledger",
    )
    op.create_table(
        "finding",
        sa.Column("finding_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_no", sa.Integer(), nullable=True),
        sa.Column("record_no", sa.Integer(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("raw_text", sa.Text(), nullable=False),
        sa.Column("is_set_aside", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["ledger.file.file_id"], name=op.f("fk_finding_file_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["ledger.run.run_id"], name=op.f("fk_finding_run_id")),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_finding")),
        schema="ledger",
    )
    op.create_index(
        op.f("ix_finding_file_id"), "finding", ["file_id"], unique=False, schema="ledger"
    )
    op.create_table(
        "publication",
        sa.Column("publication_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ledger.run.run_id"], name=op.f("fk_publication_run_id")
        ),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_publication")),
        schema="ledger",
    )
    op.create_table(
        "statement",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_no", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("opening_balance", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("opening_on", sa.Date(), nullable=True),
        sa.Column("closing_balance", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("closing_on", sa.Date(), nullable=True),
        sa.Column("stated_on", sa.Date(), nullable=True),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("set_aside_count", sa.Integer(), nullable=False),
        sa.Column("credit_sum", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("debit_sum", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("difference", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("chain_breaks", sa.Integer(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger.account.account_id"], name=op.f("fk_statement_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["ledger.file.file_id"], name=op.f("fk_statement_file_id")
        ),
        sa.PrimaryKeyConstraint("file_id", "statement_no", name=op.f("pk_statement")),
        schema="ledger",
    )
    op.create_index(
        op.f("ix_statement_account_id"), "statement", ["account_id"], unique=False, schema="ledger"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_statement_account_id"), table_name="statement", schema="ledger")
    op.drop_table("statement", schema="ledger")
    op.drop_table("publication", schema="ledger")
    op.drop_index(op.f("ix_finding_file_id"), table_name="finding", schema="ledger")
    op.drop_table("finding", schema="ledger")
    op.drop_table("file_receipt", schema="ledger")
    op.drop_index(
        op.f("ix_transaction_account_id_booked_on"), table_name="transaction", schema="ledger"
    )
    op.drop_table("transaction", schema="ledger")
    op.drop_table("run", schema="ledger")
    op.drop_index(
        op.f("ix_file_status"),
        table_name="file",
        schema="ledger",
        postgresql_where=sa.text("status <> 'loaded'"),
    )
    op.drop_table("file", schema="ledger")
    op.drop_index(op.f("ix_entry_transaction_id"), table_name="entry", schema="ledger")
    op.drop_table("entry", schema="ledger")
    op.drop_table("account", schema="ledger")
