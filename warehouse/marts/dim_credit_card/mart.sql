WITH latest AS (
    SELECT account_id, currency, closing
    FROM fct_monthly_balance
    QUALIFY month = max(month) OVER (PARTITION BY account_id, currency)
        AND timeline_status = 'anchored'
),
billed AS (
    SELECT account_id, currency, sum(computed_total - paid_amount) AS open_amount
    FROM mart_card_bills
    GROUP BY ALL
),
owed AS (
    SELECT
        a.*, h.* EXCLUDE (account_id),
        coalesce(-l.closing, b.open_amount)::DECIMAL(38,4) AS outstanding,
        CASE WHEN l.closing IS NOT NULL THEN 'balance' WHEN b.open_amount IS NOT NULL THEN 'bills'
        ELSE 'none' END AS outstanding_source
    FROM ledger.account AS a
    LEFT JOIN enriched.holding AS h ON h.account_id = a.account_id
    LEFT JOIN latest AS l ON l.account_id = a.account_id AND l.currency = a.currency
    LEFT JOIN billed AS b ON b.account_id = a.account_id AND b.currency = a.currency
    WHERE coalesce(h.account_type = 'credit', a.account_kind = 'card')
)
SELECT
    o.account_id,
    o.owner,
    o.institution,
    o.account_name,
    o.account_tail,
    o.currency,
    o.brand,
    o.closing_day,
    o.due_day,
    o.minimum_percent,
    o.paying_account_id,
    p.account_name AS paying_account_name,
    o.credit_limit,
    o.outstanding,
    o.outstanding_source,
    (o.credit_limit - o.outstanding)::DECIMAL(38,4) AS available,
    percent_of(o.outstanding, o.credit_limit) AS utilisation_percent
FROM owed AS o
LEFT JOIN ledger.account AS p ON p.account_id = o.paying_account_id
ORDER BY o.owner, o.institution, o.account_name, o.account_id
