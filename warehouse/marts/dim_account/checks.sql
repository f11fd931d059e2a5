-- check: every_account_with_a_transaction_is_here
-- severity: fail
SELECT account_id FROM fct_transactions ANTI JOIN dim_account USING (account_id)

-- check: transactions_are_all_counted
-- severity: fail
SELECT mine.total, theirs.total
FROM (SELECT coalesce(sum(transaction_count), 0) AS total FROM dim_account) AS mine,
     (SELECT count(*) AS total FROM fct_transactions WHERE status = 'booked') AS theirs
WHERE mine.total <> theirs.total

-- check: owner_is_known
-- severity: warn
SELECT account_id FROM dim_account WHERE owner IS NULL

-- check: accounts_are_claimed
-- severity: warn
SELECT account_id FROM dim_account WHERE NOT is_claimed
