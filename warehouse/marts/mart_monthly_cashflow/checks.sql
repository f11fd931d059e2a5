-- check: net_is_credits_less_debits
-- severity: fail
SELECT account_id, currency, month FROM mart_monthly_cashflow
WHERE net <> credits - debits OR credits < 0 OR debits < 0

-- check: net_equals_the_booked_transactions
-- severity: fail
SELECT account_id, currency
FROM (
    SELECT account_id, currency, sum(net) AS total, sum(transaction_count) AS entries
    FROM mart_monthly_cashflow GROUP BY account_id, currency
) AS monthly
FULL JOIN (
    SELECT account_id, currency, sum(amount) AS total, count(*) AS entries
    FROM ledger.transaction WHERE status = 'booked' GROUP BY account_id, currency
) AS booked USING (account_id, currency)
WHERE coalesce(monthly.total, 0) <> coalesce(booked.total, 0)
   OR coalesce(monthly.entries, 0) <> coalesce(booked.entries, 0)

-- check: counts_add_up
-- severity: fail
SELECT account_id, currency, month FROM mart_monthly_cashflow
WHERE credit_count + debit_count > transaction_count

-- check: months_are_not_failed
-- severity: warn
SELECT account_id, currency, month FROM mart_monthly_cashflow WHERE proof = 'failed'
