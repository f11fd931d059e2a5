WITH known AS (  -- how far statements reach
    SELECT account_id, max(ends_on) AS until_on FROM fct_monthly_balance GROUP BY account_id
),
filed AS (
    SELECT DISTINCT category_key, category FROM fct_transactions
)
SELECT
    r.recurring_key,
    r.owner,
    r.vendor_key,
    r.name AS vendor,
    c.category,
    r.account_id,
    a.account_name,
    r.currency,
    r.amount,
    r.least_amount,
    r.most_amount,
    r.cycle,
    r.gap_days,
    r.charge_count,
    monthly_of(r.amount, r.cycle) AS monthly_equivalent,
    r.first_on,
    r.last_on,
    r.next_on,
    EXISTS (
        FROM enriched.subscription AS s WHERE s.owner = r.owner AND s.vendor_key = r.vendor_key
    ) AS is_registered,
    coalesce(k.until_on > r.next_on + r.gap_days // 3, false)
        OR n.as_of_on > r.next_on + 2 * r.gap_days AS is_lapsed
FROM enriched.recurring AS r
CROSS JOIN enriched.night AS n
LEFT JOIN known AS k ON k.account_id = r.account_id
LEFT JOIN filed AS c ON c.category_key = r.category_key
LEFT JOIN ledger.account AS a ON a.account_id = r.account_id
ORDER BY r.owner, r.name, r.account_id, r.currency, r.least_amount
