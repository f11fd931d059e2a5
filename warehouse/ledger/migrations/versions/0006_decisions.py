"""Decisions: the quarantine by file, statement and record, and what persons said, word by word."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_IN_FORCE = """
CREATE VIEW ledger.decision_in_force AS
SELECT * FROM (
    SELECT DISTINCT ON (sha256, level, CASE level WHEN 'statement' THEN statement_no END, place,
                        raw_sha256)
           decision_id, sha256, level, statement_no, record_no, place, raw_sha256, word, reason,
           said_by, said_at
    FROM ledger.decision
    ORDER BY sha256, level, CASE level WHEN 'statement' THEN statement_no END, place, raw_sha256,
             decision_id DESC
) latest
WHERE word <> 'reopened'
"""

_LAST_READING = """
    SELECT DISTINCT ON (c.file_id) c.file_id, r.run_id, r.started_at
    FROM ledger.file_receipt c JOIN ledger.run r USING (run_id)
    WHERE c.outcome <> 'known'
    ORDER BY c.file_id, r.started_at DESC
"""

_KEEP_ACCEPTANCES = f"""
INSERT INTO ledger.decision (sha256, level, word, reason, said_by, said_at)
SELECT f.sha256, 'file', 'accepted', f.accepted_reason, 'unknown',
       coalesce(l.started_at, f.received_at)
FROM ledger.file f LEFT JOIN ({_LAST_READING}) l USING (file_id)
WHERE f.accepted_reason IS NOT NULL
ORDER BY f.file_id
"""  # noqa: S608 - our own

_HOLD_REFUSED = f"""
INSERT INTO ledger.finding (file_id, place, code, message, remedy, raw_text, is_set_aside, level,
                            state, run_id)
SELECT f.file_id, f.error_where, f.error_code, f.error_problem, f.error_remedy, '', false, 'file',
       'open', l.run_id
FROM ledger.file f JOIN ({_LAST_READING}) l USING (file_id)
WHERE f.status = 'refused'
ORDER BY f.file_id
"""  # noqa: S608 - our own

_GIVE_BACK = """
UPDATE ledger.file f SET accepted_reason = d.reason
FROM ledger.decision_in_force d
WHERE d.sha256 = f.sha256 AND d.word = 'accepted'
"""


def upgrade() -> None:
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("statement_no", sa.Integer(), nullable=True),
        sa.Column("record_no", sa.Integer(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("raw_sha256", sa.Text(), nullable=True),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision")),
        schema="ledger",
    )
    op.create_index(op.f("ix_decision_sha256"), "decision", ["sha256"], schema="ledger")
    op.execute(_IN_FORCE)
    op.execute(_KEEP_ACCEPTANCES)
    op.drop_column("file", "accepted_reason", schema="ledger")
    op.add_column("finding", sa.Column("level", sa.Text(), nullable=True), schema="ledger")
    op.execute(
        "UPDATE ledger.finding SET level = CASE WHEN is_set_aside THEN 'record' ELSE 'statement' "
        "END WHERE is_set_aside OR code = 'statement_unbalanced'"
    )
    op.execute(_HOLD_REFUSED)
    op.create_index(
        op.f("ix_finding_level"),
        "finding",
        ["level"],
        schema="ledger",
        postgresql_where=sa.text("level IS NOT NULL"),
    )


def downgrade() -> None:
    op.add_column("file", sa.Column("accepted_reason", sa.Text(), nullable=True), schema="ledger")
    op.execute(_GIVE_BACK)
    op.drop_index(op.f("ix_finding_level"), table_name="finding", schema="ledger")
    op.execute("DELETE FROM ledger.finding WHERE level = 'file'")
    op.drop_column("finding", "level", schema="ledger")
    op.execute("DROP VIEW ledger.decision_in_force")
    op.drop_table("decision", schema="ledger")
