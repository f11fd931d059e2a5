"""The merges of a batch, as SQL: from temporary tables into the ledger, each in one statement."""

MERGE_ACCOUNTS = """
INSERT INTO account (account_id, owner, institution, account_ref, account_name, account_tail,
                     account_kind, currency, is_claimed)
SELECT account_id, owner, institution, account_ref, account_name, account_tail,
       account_kind, currency, is_claimed
FROM staged_account
ORDER BY account_id
ON CONFLICT (account_id) DO UPDATE
SET account_name = CASE
        WHEN excluded.is_claimed > account.is_claimed THEN excluded.account_name
        WHEN excluded.is_claimed < account.is_claimed THEN account.account_name
        ELSE least(excluded.account_name COLLATE "C", account.account_name COLLATE "C")
    END,
    institution = coalesce(
        least(nullif(excluded.institution, 'unknown') COLLATE "C",
              nullif(account.institution, 'unknown') COLLATE "C"),
        'unknown'
    ),
    is_claimed = excluded.is_claimed OR account.is_claimed
"""
"""A claimed account keeps its name; of several names the first by alphabet, whoever came first."""

MERGE_FILES = """
INSERT INTO file (sha256, name, owner, account_name, size_bytes, received_at, format, layout, bank,
                  encoding, reader, source_rank, status, attempts, read, set_aside, markers,
                  error_code, error_where, error_problem, error_remedy)
SELECT sha256, name, owner, account_name, size_bytes, claimed_at, format, layout, bank,
       encoding, reader, source_rank, status, 1, raw_count, set_aside, marker_count,
       error_code, error_where, error_problem, error_remedy
FROM staged_file
ORDER BY file_no
ON CONFLICT (sha256) DO UPDATE
SET format = excluded.format, layout = excluded.layout, bank = excluded.bank,
    encoding = excluded.encoding, reader = excluded.reader, source_rank = excluded.source_rank,
    status = excluded.status,
    attempts = file.attempts + 1, read = excluded.read, set_aside = excluded.set_aside,
    markers = excluded.markers, error_code = excluded.error_code,
    error_where = excluded.error_where, error_problem = excluded.error_problem,
    error_remedy = excluded.error_remedy
"""
"""A file that comes again is judged anew."""

FILES_OF_BATCH = """
SELECT sf.file_no, f.file_id, f.sha256, f.source_rank
FROM staged_file sf JOIN file f USING (sha256)
"""
"""The files of a batch as the ledger numbers them."""

CONTESTED = "SELECT replace(account_id::text, '-', ''), booked_on FROM contested_day"
"""Days that several statements cover."""

HELD_DAYS = """
SELECT replace(d.account_id::text, '-', ''), d.booked_on
FROM touched_day d
CROSS JOIN LATERAL (
    SELECT FROM transaction t
    WHERE (t.account_id, t.booked_on) = (d.account_id, d.booked_on)
    LIMIT 1
) held
"""
"""Days of the batch of which the ledger has transactions; one look into the index for each."""

KNOWN_KEYS = """
SELECT replace(transaction_id::text, '-', '')
FROM staged_key JOIN transaction USING (transaction_id)
"""
"""Transactions of the batch that the ledger has."""

KEEP_ANNOUNCED = """
INSERT INTO transaction_version (transaction_id, known_from, known_to, status, standing, because)
SELECT t.transaction_id, t.known_from, :known_from, t.status, t.standing, t.because
FROM staged_known e
JOIN transaction t USING (transaction_id)
WHERE e.status = 'booked' AND t.status = 'pending' AND t.known_from < :known_from
"""
"""Movements that were announced, and are booked now, leave a version."""

POINT_TO_BETTER_ENTRIES = """
UPDATE transaction t
SET status = e.status, file_id = e.file_id, record_no = e.record_no,
    known_from = CASE WHEN t.status = e.status THEN t.known_from ELSE :known_from END
FROM staged_known e, file kept
WHERE t.transaction_id = e.transaction_id
  AND kept.file_id = t.file_id
  AND (e.status COLLATE "C", e.source_rank, e.sha256 COLLATE "C", e.record_no)
    < (t.status COLLATE "C", kept.source_rank, kept.sha256 COLLATE "C", t.record_no)
"""
"""A movement shows the best of its entries, in whatever order they came."""

INSERT_DETAILS = """
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
"""Details of entries that are there."""

MERGE_STATEMENTS = """
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
"""A statement that comes again is judged anew."""

RETIRE_FINDINGS = """
UPDATE finding SET state = 'replayed'
FROM staged_file sf JOIN file f USING (sha256)
WHERE finding.file_id = f.file_id AND finding.state = 'open'
"""
"""What earlier readings of these files found is history."""

INSERT_FINDINGS = """
INSERT INTO finding (file_id, statement_no, record_no, place, code, message, remedy, raw_text,
                     is_set_aside, level, state, run_id)
SELECT f.file_id, n.statement_no, n.record_no, n.place, n.code, n.message, n.remedy, n.raw_text,
       n.is_set_aside,
       CASE WHEN n.is_set_aside THEN 'record'
            WHEN n.code = ANY(:holding) THEN 'statement' END,
       'open', CAST(:run_id AS uuid)
FROM staged_finding n
JOIN staged_file sf USING (file_no)
JOIN file f USING (sha256)
ORDER BY f.file_id, n.record_no NULLS FIRST
"""
"""What is found now."""

INSERT_REFUSALS = """
INSERT INTO finding (file_id, place, code, message, remedy, raw_text, is_set_aside, level, state,
                     run_id)
SELECT f.file_id, n.error_where, n.error_code, n.error_problem, n.error_remedy, '', false, 'file',
       'open', CAST(:run_id AS uuid)
FROM staged_file n
JOIN file f USING (sha256)
WHERE n.error_code IS NOT NULL
ORDER BY f.file_id
"""
"""Files that are refused now."""

INSERT_RECEIPT = """
INSERT INTO file_receipt (run_id, batch_no, file_id, outcome, read, inserted, already_known,
                          superseded, set_aside, markers)
SELECT CAST(:run_id AS uuid), :batch_no, file_id, :outcome, :read, :inserted, :already_known,
       :superseded, :set_aside, :markers
FROM file WHERE sha256 = :sha256
"""
"""One receipt."""

KNOWN_RECEIPTS = """
INSERT INTO file_receipt (run_id, batch_no, file_id, outcome, read, inserted, already_known,
                          superseded, set_aside, markers)
SELECT CAST(:run_id AS uuid), 0, file_id, 'known', read, 0, read - set_aside - markers, 0,
       set_aside, markers
FROM file WHERE sha256 = ANY(:sha256s)
ON CONFLICT (run_id, file_id) DO NOTHING
"""
"""Receipts of files that were known before."""

WRITTEN_RECEIPTS = """
SELECT f.sha256, f.name, f.error_problem, c.outcome, c.read, c.inserted, c.already_known,
       c.superseded, c.set_aside, c.markers
FROM file_receipt c JOIN file f USING (file_id)
WHERE c.run_id = CAST(:run_id AS uuid) AND f.sha256 = ANY(:sha256s)
ORDER BY f.sha256
"""
"""The receipts of a run for these files."""
