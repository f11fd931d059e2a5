"""An entry has no flow: a guess by its sign that nothing read; what a movement means is derived."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# OFX 2.1.1 section 11.4.4.3: the code of the bank says fee or interest
_GUESS = """
UPDATE ledger.entry e
SET flow_class = CASE
    WHEN upper(e.kind_code) IN ('FEE', 'SRVCHG', 'INT') THEN 'fee_interest'
    WHEN t.amount > 0 THEN 'income'
    WHEN t.amount < 0 THEN 'expense'
    ELSE 'other'
END
FROM ledger.transaction t
WHERE t.transaction_id = e.transaction_id
"""


def upgrade() -> None:
    op.drop_column("entry", "flow_class", schema="ledger")


def downgrade() -> None:
    op.add_column(
        "entry",
        sa.Column("flow_class", sa.Text(), nullable=False, server_default="other"),
        schema="ledger",
    )
    op.execute(_GUESS)
    op.alter_column("entry", "flow_class", server_default=None, schema="ledger")
