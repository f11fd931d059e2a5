-- check: every_statement_is_here
-- severity: fail
SELECT mine.row_count, theirs.row_count
FROM (SELECT count(*) AS row_count FROM mart_reconciliation) AS mine,
     (SELECT count(*) AS row_count FROM ledger.statement) AS theirs
WHERE mine.row_count <> theirs.row_count

-- check: every_account_and_file_is_known
-- severity: fail
SELECT s.file_sha256, s.statement_no FROM ledger.statement AS s
LEFT JOIN ledger.account AS a ON a.account_id = s.account_id
LEFT JOIN ledger.file AS f ON f.file_sha256 = s.file_sha256
WHERE a.account_id IS NULL OR f.file_sha256 IS NULL

-- check: difference_is_computed_less_stated
-- severity: fail
SELECT file_sha256, statement_no FROM mart_reconciliation
WHERE difference <> computed_closing - stated_closing

-- check: proof_follows_from_the_balances
-- severity: fail
SELECT file_sha256, statement_no FROM mart_reconciliation
WHERE (proof = 'proven' AND coalesce(difference <> 0, true))
   OR (proof = 'unproven' AND difference <> 0 AND set_aside_count = 0)

-- check: failed_statements_are_not_loaded
-- severity: warn
SELECT file_sha256, statement_no FROM mart_reconciliation
WHERE proof = 'failed' AND status = 'loaded'

-- check: statements_are_not_quarantined
-- severity: warn
SELECT file_sha256, statement_no FROM mart_reconciliation WHERE status = 'quarantined'
