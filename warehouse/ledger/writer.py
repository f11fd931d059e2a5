"""Load: one batch, one database transaction. COPY to staging, then set-based merges, then receipts.

Nothing here looks at one row at a time, and nothing is loaded without a receipt that adds up; the
database checks that once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from schemas.accounts import tail_of
from schemas.masking import masked_numbers
from schemas.receipts import FileReceipt, Receipt
from schemas.transactions import DETAIL
from warehouse.ledger.staging import stage


@dataclass(frozen=True)
class LedgerBatch:
    """A batch as the stages before the ledger leave it.

    Attributes:
        run_id: the run that loads it.
        batch_no: its number in the run, from 1; 0 stands for files that were known before.
        known_from: UTC instant from which the ledger knows what is new in it.
        files: FILE.
        accounts: ACCOUNT.
        statements: PROVED with account_id.
        entries: ENTRY.
        findings: FINDING.
        details: DETAIL; those of records that are not loaded fall away.
    """

    run_id: str
    batch_no: int
    known_from: datetime
    files: pl.DataFrame
    accounts: pl.DataFrame
    statements: pl.DataFrame
    entries: pl.DataFrame
    findings: pl.DataFrame
    details: pl.DataFrame = field(default_factory=DETAIL.to_frame)


def write_batch(connection: sa.Connection, batch: LedgerBatch) -> list[FileReceipt]:
    """Merge a batch into the ledger; answer with one receipt a file, in the order of the batch."""
    _stage_all(connection, batch)
    connection.exec_driver_sql(_MERGE_ACCOUNTS)
    connection.exec_driver_sql(_MERGE_FILES)
    inserted = dict(
        connection.execute(sa.text(_INSERT_TRANSACTIONS), {"known_from": batch.known_from})
        .tuples()
        .all()
    )
    if sum(inserted.values()) < batch.entries.get_column("transaction_id").n_unique():
        connection.exec_driver_sql(_POINT_TO_BETTER_ENTRIES)
    connection.exec_driver_sql(_INSERT_ENTRIES)
    if batch.details.height:
        stage(connection, "staged_detail", batch.details)
        connection.exec_driver_sql(_INSERT_DETAILS)
    connection.exec_driver_sql(_MERGE_STATEMENTS)
    connection.exec_driver_sql(_RETIRE_FINDINGS)
    connection.execute(sa.text(_INSERT_FINDINGS), {"run_id": batch.run_id})
    receipts = _receipts(batch, inserted)
    _write_receipts(connection, batch, receipts)
    return receipts


def receipts_of(
    connection: sa.Connection, run_id: str, sha256s: Sequence[str]
) -> list[FileReceipt]:
    """The receipts that this run has written for these files.

    A commit whose answer was lost looks like a failure; a second try finds them and loads nothing.
    """
    rows = connection.execute(
        sa.text(_WRITTEN_RECEIPTS), {"run_id": run_id, "sha256s": list(sha256s)}
    ).mappings()
    return [
        FileReceipt(
            row["sha256"],
            masked_numbers(row["name"]),
            row["outcome"],
            Receipt(**{name: row[name] for name in Receipt().counts()}),
            row["error_problem"] or _held(row["outcome"]),
        )
        for row in rows
    ]


def acknowledge(
    connection: sa.Connection, run_id: str, sha256s: Sequence[str]
) -> list[FileReceipt]:
    """Receipts for files that the ledger has seen before; their records are already known."""
    connection.execute(sa.text(_KNOWN_RECEIPTS), {"run_id": run_id, "sha256s": list(sha256s)})
    return receipts_of(connection, run_id, sha256s)


def _stage_all(connection: sa.Connection, batch: LedgerBatch) -> None:
    """Five temporary tables; the best entry of each transaction in this batch is marked."""
    sources = batch.files.select("file_no", "sha256", "source_rank")
    best = ["status", "source_rank", "sha256", "record_no"]
    entries = (
        batch.entries.join(sources, on="file_no", how="left", maintain_order="left")
        .sort(best)
        .with_columns(pl.col("transaction_id").is_first_distinct().alias("is_best"))
    )
    stage(connection, "staged_entry", entries)
    stage(connection, "staged_file", _judged_files(batch))
    stage(connection, "staged_statement", batch.statements)
    stage(connection, "staged_finding", batch.findings)
    tails = [tail_of(ref) for ref in batch.accounts.get_column("account_ref")]
    stage(
        connection,
        "staged_account",
        batch.accounts.with_columns(pl.Series("account_tail", tails, dtype=pl.String)),
    )


def _judged_files(batch: LedgerBatch) -> pl.DataFrame:
    """FILE with its counts and its status: loaded, partly, quarantined or refused."""
    kept = batch.entries.group_by("file_no").agg(pl.len().cast(pl.Int64).alias("kept"))
    held = (
        batch.statements.filter("is_quarantined")
        .group_by("file_no")
        .agg(
            pl.col("record_count").sum().cast(pl.Int64).alias("held"),
            pl.len().cast(pl.Int64).alias("held_statements"),
        )
    )
    aside = (
        batch.findings.filter("is_set_aside")
        .group_by("file_no")
        .agg(pl.len().cast(pl.Int64).alias("aside"))
    )
    counts = ["kept", "held", "held_statements", "aside"]
    files = batch.files
    for frame in (kept, held, aside):
        files = files.join(frame, on="file_no", how="left", maintain_order="left")
    set_aside = pl.col("held") + pl.col("aside")
    status = (
        pl.when(pl.col("error_code").is_not_null())
        .then(pl.lit("refused"))
        .when((pl.col("kept") == 0) & (set_aside + pl.col("held_statements") > 0))
        .then(pl.lit("quarantined"))
        .when(set_aside + pl.col("held_statements") > 0)
        .then(pl.lit("partly"))
        .otherwise(pl.lit("loaded"))
    )
    return files.with_columns(pl.col(counts).fill_null(0)).with_columns(
        status.alias("status"), set_aside.alias("set_aside")
    )


def _receipts(batch: LedgerBatch, inserted: dict[str, int]) -> list[FileReceipt]:
    return [
        FileReceipt(
            row["sha256"],
            masked_numbers(row["name"]),
            row["status"],
            Receipt(
                read=row["raw_count"],
                inserted=inserted.get(row["sha256"], 0),
                already_known=row["kept"] - inserted.get(row["sha256"], 0),
                set_aside=row["set_aside"],
                markers=row["marker_count"],
            ),
            row["error_problem"] or _held(row["status"]),
        )
        for row in _judged_files(batch).iter_rows(named=True)
    ]


def _held(status: str) -> str | None:
    if status != "quarantined":
        return None
    return "nothing of it is loaded: it does not add up, or every record was set aside"


def _write_receipts(
    connection: sa.Connection, batch: LedgerBatch, receipts: Sequence[FileReceipt]
) -> None:
    if receipts:
        connection.execute(
            sa.text(_INSERT_RECEIPT),
            [
                {
                    "run_id": batch.run_id,
                    "batch_no": batch.batch_no,
                    "sha256": one.sha256,
                    "outcome": one.outcome,
                    **one.receipt.counts(),
                }
                for one in receipts
            ],
        )


_MERGE_ACCOUNTS = """
INSERT INTO account (account_id, owner, institution, account_ref, account_name, account_tail,
                     account_kind, currency, is_claimed)
SELECT account_id, owner, institution, account_ref, account_name, account_tail,
       account_kind, currency, is_claimed
FROM staged_account
ORDER BY account_id
ON CONFLICT (account_id) DO UPDATE
SET account_name = CASE
        WHEN excluded.is_claimed AND account.is_claimed
            THEN least(excluded.account_name, account.account_name)
        WHEN excluded.is_claimed THEN excluded.account_name
        ELSE account.account_name
    END,
    is_claimed = excluded.is_claimed OR account.is_claimed
"""

_MERGE_FILES = """
INSERT INTO file (sha256, name, owner, account_name, size_bytes, received_at, format, layout, bank,
                  encoding, source_rank, status, attempts, read, set_aside, markers,
                  error_code, error_where, error_problem, error_remedy)
SELECT sha256, name, owner, account_name, size_bytes, claimed_at, format, layout, bank,
       encoding, source_rank, status, 1, raw_count, set_aside, marker_count,
       error_code, error_where, error_problem, error_remedy
FROM staged_file
ORDER BY file_no
ON CONFLICT (sha256) DO UPDATE
SET format = excluded.format, layout = excluded.layout, bank = excluded.bank,
    encoding = excluded.encoding, source_rank = excluded.source_rank, status = excluded.status,
    attempts = file.attempts + 1, read = excluded.read, set_aside = excluded.set_aside,
    markers = excluded.markers, error_code = excluded.error_code,
    error_where = excluded.error_where, error_problem = excluded.error_problem,
    error_remedy = excluded.error_remedy
"""

_INSERT_TRANSACTIONS = """
WITH fresh AS (
    INSERT INTO transaction (transaction_id, account_id, booked_on, amount, currency, text_key,
                             ref_key, occurrence, status, known_from, file_id, record_no)
    SELECT e.transaction_id, e.account_id, e.booked_on, e.amount, e.currency,
           e.text_key, e.ref_key, e.occurrence, e.status, :known_from, f.file_id, e.record_no
    FROM staged_entry e
    JOIN file f USING (sha256)
    JOIN account a ON a.account_id = e.account_id
    WHERE e.is_best
    ORDER BY e.transaction_id
    ON CONFLICT (transaction_id) DO NOTHING
    RETURNING file_id
)
SELECT f.sha256, count(*) FROM fresh JOIN file f USING (file_id) GROUP BY f.sha256
"""

_POINT_TO_BETTER_ENTRIES = """
UPDATE transaction t
SET status = e.status, file_id = f.file_id, record_no = e.record_no
FROM staged_entry e
JOIN file f USING (sha256), file kept
WHERE e.is_best
  AND t.transaction_id = e.transaction_id
  AND kept.file_id = t.file_id
  AND (e.status COLLATE "C", e.source_rank, e.sha256 COLLATE "C", e.record_no)
    < (t.status COLLATE "C", kept.source_rank, kept.sha256 COLLATE "C", t.record_no)
"""

_INSERT_ENTRIES = """
INSERT INTO entry (file_id, record_no, statement_no, transaction_id, place, status, valued_on,
                   description, counterparty, bank_ref, kind_code, flow_class, balance_after,
                   original_amount, original_currency, exchange_rate, raw_text)
SELECT f.file_id, e.record_no, e.statement_no, e.transaction_id, e.place, e.status,
       e.valued_on, e.description, e.counterparty, e.bank_ref, e.kind_code, e.flow_class,
       e.balance_after, e.original_amount, e.original_currency, e.exchange_rate,
       e.raw_text
FROM staged_entry e
JOIN file f USING (sha256)
JOIN transaction t ON t.transaction_id = e.transaction_id
ORDER BY f.file_id, e.record_no
ON CONFLICT (file_id, record_no) DO NOTHING
"""

_INSERT_DETAILS = """
INSERT INTO detail (file_id, record_no, detail_no, place, amount, currency, description,
                    counterparty, bank_ref, kind_code, original_amount, original_currency,
                    exchange_rate, raw_text)
SELECT f.file_id, d.record_no, d.detail_no, d.place, d.amount, d.currency, d.description,
       d.counterparty, d.bank_ref, d.kind_code, d.original_amount, d.original_currency,
       d.exchange_rate, d.raw_text
FROM staged_detail d
JOIN staged_file sf USING (file_no)
JOIN file f USING (sha256)
JOIN entry e ON e.file_id = f.file_id AND e.record_no = d.record_no
ORDER BY f.file_id, d.record_no, d.detail_no
ON CONFLICT (file_id, record_no, detail_no) DO NOTHING
"""

_MERGE_STATEMENTS = """
INSERT INTO statement (file_id, statement_no, account_id, currency, starts_on, ends_on,
                       opening_balance, opening_on, closing_balance, closing_on, stated_on,
                       record_count, set_aside_count, credit_sum, debit_sum, difference,
                       chain_breaks, proof, status)
SELECT f.file_id, s.statement_no, s.account_id, s.currency, s.starts_on, s.ends_on,
       s.opening_balance, s.opening_on, s.closing_balance, s.closing_on, s.stated_on,
       s.record_count, s.set_aside_count, s.credit_sum, s.debit_sum, s.difference,
       s.chain_breaks, s.proof,
       CASE WHEN s.is_quarantined THEN 'quarantined'
            WHEN s.proof = 'failed' THEN 'accepted'
            ELSE 'loaded' END
FROM staged_statement s
JOIN staged_file sf USING (file_no)
JOIN file f USING (sha256)
ORDER BY f.file_id, s.statement_no
ON CONFLICT (file_id, statement_no) DO UPDATE
SET (account_id, currency, starts_on, ends_on, opening_balance, opening_on, closing_balance,
     closing_on, stated_on, record_count, set_aside_count, credit_sum, debit_sum, difference,
     chain_breaks, proof, status)
  = (excluded.account_id, excluded.currency, excluded.starts_on, excluded.ends_on,
     excluded.opening_balance, excluded.opening_on, excluded.closing_balance, excluded.closing_on,
     excluded.stated_on, excluded.record_count, excluded.set_aside_count, excluded.credit_sum,
     excluded.debit_sum, excluded.difference, excluded.chain_breaks, excluded.proof,
     excluded.status)
"""

_RETIRE_FINDINGS = """
UPDATE finding SET state = 'replayed'
FROM staged_file sf JOIN file f USING (sha256)
WHERE finding.file_id = f.file_id AND finding.state = 'open'
"""

_INSERT_FINDINGS = """
INSERT INTO finding (file_id, statement_no, record_no, place, code, message, remedy, raw_text,
                     is_set_aside, state, run_id)
SELECT f.file_id, n.statement_no, n.record_no, n.place, n.code, n.message, n.remedy, n.raw_text,
       n.is_set_aside, 'open', CAST(:run_id AS uuid)
FROM staged_finding n
JOIN staged_file sf USING (file_no)
JOIN file f USING (sha256)
ORDER BY f.file_id, n.record_no NULLS FIRST
"""

_INSERT_RECEIPT = """
INSERT INTO file_receipt (run_id, batch_no, file_id, outcome, read, inserted, already_known,
                          superseded, set_aside, markers)
SELECT CAST(:run_id AS uuid), :batch_no, file_id, :outcome, :read, :inserted, :already_known,
       :superseded, :set_aside, :markers
FROM file WHERE sha256 = :sha256
"""

_KNOWN_RECEIPTS = """
INSERT INTO file_receipt (run_id, batch_no, file_id, outcome, read, inserted, already_known,
                          superseded, set_aside, markers)
SELECT CAST(:run_id AS uuid), 0, file_id, 'known', read, 0, read - set_aside - markers, 0,
       set_aside, markers
FROM file WHERE sha256 = ANY(:sha256s)
ON CONFLICT (run_id, file_id) DO NOTHING
"""

_WRITTEN_RECEIPTS = """
SELECT f.sha256, f.name, f.error_problem, c.outcome, c.read, c.inserted, c.already_known,
       c.superseded, c.set_aside, c.markers
FROM file_receipt c JOIN file f USING (file_id)
WHERE c.run_id = CAST(:run_id AS uuid) AND f.sha256 = ANY(:sha256s)
ORDER BY f.sha256
"""
