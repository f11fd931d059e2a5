WITH movement AS (
    SELECT
        account_id,
        min(booked_on) AS first_booked_on,
        max(booked_on) AS last_booked_on,
        count(*) AS transaction_count
    FROM fct_transactions
    WHERE status = 'booked'
    GROUP BY account_id
),
anchored AS (
    SELECT DISTINCT account_id FROM fct_daily_balance WHERE is_anchor
),
latest AS (
    SELECT account_id, currency, max(day) AS day, arg_max(closing, day) AS closing,
        arg_max(timeline_status, day) AS timeline_status
    FROM fct_daily_balance
    GROUP BY ALL
)
SELECT
    a.account_id,
    a.owner,
    a.institution,
    a.account_name,
    a.account_tail,
    a.account_kind,
    a.currency,
    a.is_claimed,
    m.first_booked_on,
    m.last_booked_on,
    coalesce(m.transaction_count, 0) AS transaction_count,
    -- An unanchored walk starts from zero: its level is not a balance.
    CASE WHEN l.timeline_status <> 'unanchored' THEN l.closing END AS last_balance,
    CASE WHEN l.timeline_status <> 'unanchored' THEN l.day END AS last_balance_on,
    CASE WHEN n.account_id IS NULL THEN 'none' ELSE 'statement' END AS anchor_source,
    l.timeline_status
FROM ledger.account AS a
LEFT JOIN movement AS m ON m.account_id = a.account_id
LEFT JOIN anchored AS n ON n.account_id = a.account_id
LEFT JOIN latest AS l ON l.account_id = a.account_id AND l.currency = a.currency
-- An account that only a worse reader named has a history, and no more.
WHERE a.account_id NOT IN (SELECT v.account_id FROM fct_transaction_versions AS v)
   OR a.account_id IN (
       SELECT s.account_id FROM mart_reconciliation AS s
       UNION ALL
       SELECT t.account_id FROM fct_transactions AS t
   )
ORDER BY a.owner, a.account_name, a.account_id
