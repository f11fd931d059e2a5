-- check: rows_equal_the_ledger
-- severity: fail
SELECT mine.row_count, theirs.row_count
FROM (SELECT count(*) AS row_count FROM fct_transactions) AS mine,
     (SELECT count(*) AS row_count FROM ledger.transaction) AS theirs
WHERE mine.row_count <> theirs.row_count

-- check: sums_equal_the_ledger
-- severity: fail
SELECT currency, mine.total, theirs.total
FROM (SELECT currency, sum(amount) AS total FROM fct_transactions GROUP BY currency) AS mine
FULL JOIN (SELECT currency, sum(amount) AS total FROM ledger.transaction GROUP BY currency) AS theirs
    USING (currency)
WHERE mine.total IS NULL OR theirs.total IS NULL OR mine.total <> theirs.total

-- check: money_and_dates_are_filled
-- severity: fail
SELECT transaction_id FROM fct_transactions
WHERE amount IS NULL OR currency IS NULL OR booked_on IS NULL OR status IS NULL

-- check: every_account_is_known
-- severity: fail
SELECT t.transaction_id FROM fct_transactions AS t
ANTI JOIN ledger.account AS a ON a.account_id = t.account_id

-- check: every_file_is_known
-- severity: fail
SELECT t.transaction_id FROM fct_transactions AS t
ANTI JOIN ledger.file AS f ON f.file_sha256 = t.file_sha256

-- check: status_is_known
-- severity: fail
SELECT transaction_id, status FROM fct_transactions WHERE status NOT IN ('booked', 'pending')

-- check: amounts_are_not_zero
-- severity: warn
SELECT transaction_id FROM fct_transactions WHERE is_zero_amount
