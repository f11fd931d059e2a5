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
    FROM fct_transactions WHERE status = 'booked' GROUP BY account_id, currency
) AS booked USING (account_id, currency)
WHERE coalesce(monthly.total, 0) <> coalesce(booked.total, 0)
   OR coalesce(monthly.entries, 0) <> coalesce(booked.entries, 0)

-- check: income_and_expense_are_those_of_the_owner
-- severity: fail
-- Accounts of one owner add up to the owner's own cash flow, as we see it and as the platform does.
SELECT owner, currency, month
FROM (
    SELECT
        owner, currency, month,
        sum(amount) FILTER (
            WHERE flow_class IN ('income', 'expense', 'refund', 'fee_interest')
        ) AS kept,
        sum(CASE movement_type WHEN 'income' THEN abs(amount) WHEN 'expense' THEN -abs(amount) END)
            AS kept_app
    FROM fct_transactions
    WHERE status = 'booked'
    GROUP BY ALL
) AS told
JOIN (
    SELECT
        owner, currency, month, sum(income - expense) AS kept, sum(savings_app) AS kept_app
    FROM mart_monthly_cashflow
    GROUP BY ALL
) AS monthly USING (owner, currency, month)
WHERE coalesce(told.kept, 0) <> monthly.kept OR coalesce(told.kept_app, 0) <> monthly.kept_app

-- check: counts_add_up
-- severity: fail
SELECT account_id, currency, month FROM mart_monthly_cashflow
WHERE credit_count + debit_count > transaction_count

-- check: months_are_not_failed
-- severity: warn
SELECT account_id, currency, month FROM mart_monthly_cashflow WHERE proof = 'failed'
