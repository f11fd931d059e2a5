WITH movement AS (
    SELECT m.plan_key, t.instalment_no, t.transaction_id, t.booked_on, -t.amount AS paid_amount
    FROM mart_instalments AS m
    JOIN enriched.purchase AS p ON p.purchase_id = m.purchase_id
    JOIN fct_transactions AS t ON t.transaction_id = p.transaction_id
    WHERE m.plan_key IS NOT NULL AND t.status = 'booked'
)
SELECT
    p.plan_key,
    p.owner,
    p.name,
    i.instalment_no,
    p.instalment_count,
    p.name || ' (' || i.instalment_no || '/' || p.instalment_count || ')' AS label,
    v.name AS vendor,
    c.path AS category,
    p.account_id,
    a.account_name,
    p.currency,
    p.total_amount,
    i.amount,
    i.due_on,
    CASE
        WHEN i.instalment_no <= m.last_no OR p.status = 'finished' THEN 'paid'
        WHEN p.status = 'cancelled' THEN 'cancelled'
        WHEN i.due_on <= n.as_of_on THEN 'due'
        ELSE 'pending'
    END AS status,
    m.purchase_id,
    t.transaction_id,
    t.booked_on AS paid_on,
    t.paid_amount::DECIMAL(18,4) AS paid_amount
FROM enriched.plan AS p
CROSS JOIN enriched.night AS n
JOIN enriched.instalment AS i ON i.plan_key = p.plan_key
LEFT JOIN mart_instalments AS m ON m.plan_key = p.plan_key
LEFT JOIN movement AS t ON t.plan_key = p.plan_key AND t.instalment_no = i.instalment_no
LEFT JOIN enriched.vendor AS v ON v.vendor_key = p.vendor_key
LEFT JOIN enriched.category AS c ON c.category_key = p.category_key
LEFT JOIN ledger.account AS a ON a.account_id = p.account_id
ORDER BY p.owner, p.name, i.instalment_no
