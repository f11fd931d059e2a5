"""Touched: the ledger itself notes which accounts, from which day on, the marts do not show yet."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TOLD = "SELECT account_id, {day} FROM changed GROUP BY account_id"
_BY_TRANSACTION = """
    SELECT t.account_id, coalesce(min(t.booked_on), '-infinity')
    FROM changed c JOIN ledger.transaction t USING (transaction_id) GROUP BY t.account_id
"""

# a person drops a file or statement, or takes it back: its statement shows another status
_DECIDED = """
    SELECT DISTINCT s.account_id, 'infinity'::date
    FROM changed c JOIN ledger.file f USING (sha256) JOIN ledger.statement s USING (file_id)
"""

# by table: what a change of it touches, and the events that count
_TOUCHED = {
    "transaction": _TOLD.format(day="coalesce(min(booked_on), '-infinity')"),
    "statement": _TOLD.format(
        day="min(coalesce(least(starts_on, ends_on, opening_on, closing_on), 'infinity'))"
    ),
    "transaction_version": _BY_TRANSACTION,
    "entry": _BY_TRANSACTION,
    "decision": _DECIDED,
}
_ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}

# an account is named in all its rows; one that only came again unchanged touches nothing
_ACCOUNT_CHANGED = """
    SELECT account_id, '-infinity'::date
    FROM (
        (SELECT * FROM changed EXCEPT SELECT * FROM was)
        UNION ALL
        (SELECT * FROM was EXCEPT SELECT * FROM changed)
    ) differing
"""
_ACCOUNT = "SELECT account_id, '-infinity'::date FROM changed"
_FILE_CHANGED = """
    SELECT t.account_id, coalesce(min(t.booked_on), '-infinity')
    FROM (
        SELECT file_id, sha256, name, owner, format, bank, encoding, size_bytes, status, received_at
        FROM changed
        EXCEPT
        SELECT file_id, sha256, name, owner, format, bank, encoding, size_bytes, status, received_at
        FROM was
    ) differing
    JOIN ledger.entry e USING (file_id)
    JOIN ledger.transaction t USING (transaction_id)
    GROUP BY t.account_id
    UNION ALL
    SELECT DISTINCT s.account_id, 'infinity'::date
    FROM changed c JOIN ledger.statement s USING (file_id)
"""


def upgrade() -> None:
    op.create_table(
        "touched",
        sa.Column("touched_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("touched_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("touched_id", name=op.f("pk_touched")),
        schema="ledger",
    )
    for table, touched in _TOUCHED.items():
        _function(f"touch_by_{table}", touched)
        for event, sides in _ROWS.items():
            if (table, event) == ("entry", "INSERT"):
                continue  # it brings or changes a transaction, which is noted
            for side in sides:
                _trigger(table, event, f"{side} TABLE AS changed", f"touch_by_{table}")
    for table, touched in {"account": _ACCOUNT_CHANGED, "file": _FILE_CHANGED}.items():
        _function(f"touch_by_{table}", touched)
        both = "OLD TABLE AS was NEW TABLE AS changed"
        _trigger(table, "UPDATE", both, f"touch_by_{table}")
    _function("touch_account", _ACCOUNT)
    _trigger("account", "INSERT", "NEW TABLE AS changed", "touch_account")
    # One that is read again is forgotten and told anew, often with other words.
    _trigger("account", "DELETE", "OLD TABLE AS changed", "touch_account")
    _function("touch_everything", "SELECT NULL::uuid, '-infinity'::date")
    _trigger("file", "DELETE", None, "touch_everything")
    for table in (*_TOUCHED, "account", "file"):
        _trigger(table, "TRUNCATE", None, "touch_everything")
    op.execute("INSERT INTO ledger.touched (touched_on) VALUES ('-infinity')")


def _function(name: str, touched: str) -> None:
    op.execute(
        f"""
        CREATE FUNCTION ledger.{name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO ledger.touched (account_id, touched_on) {touched};
            RETURN NULL;
        END
        $$
        """
    )


def _trigger(table: str, event: str, rows: str | None, function: str) -> None:
    name = f"touched_{event}_{(rows or 'all').split()[0]}".lower()
    referencing = f"REFERENCING {rows}" if rows else ""
    op.execute(
        f"CREATE TRIGGER {name} AFTER {event} ON ledger.{table} {referencing} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION ledger.{function}()"
    )


def downgrade() -> None:
    functions = ("account", "everything", *(f"by_{t}" for t in (*_TOUCHED, "account", "file")))
    for function in functions:
        op.execute(f"DROP FUNCTION ledger.touch_{function}() CASCADE")
    op.drop_table("touched", schema="ledger")
