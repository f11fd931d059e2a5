-- check: all_accounts_and_entries_are_counted
-- severity: fail
SELECT 1
FROM (
    SELECT
        coalesce(sum(account_count + card_count), 0) AS accounts,
        coalesce(sum(transaction_count), 0) AS entries
    FROM dim_institution
)
WHERE accounts <> (SELECT count(*) FROM ledger.account)
    OR entries <> (SELECT count(*) FROM fct_transactions WHERE status = 'booked')
