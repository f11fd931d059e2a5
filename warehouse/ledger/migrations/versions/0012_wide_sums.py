"""What a statement's amounts add up to may be larger than any amount; the width is new, no row."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COLUMNS = ("opening_balance", "closing_balance", "credit_sum", "debit_sum", "difference")


def upgrade() -> None:
    _set_width(38)


def downgrade() -> None:
    _set_width(19)


def _set_width(digits: int) -> None:
    """Postgres changes no column that a view shows, so the view goes and comes back as it was."""
    (view,) = (
        op.get_bind()
        .execute(sa.text("SELECT pg_get_viewdef('ledger.sworn_statement'::regclass)"))
        .one()
    )
    op.execute("DROP VIEW ledger.sworn_statement")
    for column in _COLUMNS:
        op.alter_column("statement", column, type_=sa.Numeric(digits, 4), schema="ledger")
    op.execute(f"CREATE VIEW ledger.sworn_statement AS {view}")
