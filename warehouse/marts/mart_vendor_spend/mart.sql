WITH spending AS (
    SELECT
        owner, month, currency, vendor_key, vendor, booked_on,
        CASE WHEN flow_class = 'refund' THEN 0 ELSE -amount END AS gross,
        CASE WHEN flow_class = 'refund' THEN amount ELSE 0 END AS refund,
        flow_class = 'refund' AS is_refund
    FROM fct_transactions
    WHERE status = 'booked' AND (
        flow_class IN ('expense', 'refund') OR (flow_class = 'fee_interest' AND amount < 0)
    )
),
total AS (
    SELECT owner, month, currency, sum(gross - refund) AS net FROM spending GROUP BY ALL
),
of_vendor AS (
    SELECT
        owner, month, currency, vendor_key, vendor,
        sum(gross)::DECIMAL(38,4) AS gross,
        sum(refund)::DECIMAL(38,4) AS refunds,
        sum(gross - refund)::DECIMAL(38,4) AS net,
        count(*) FILTER (WHERE NOT is_refund) AS purchase_count,
        count(*) FILTER (WHERE is_refund) AS refund_count,
        min(booked_on) AS first_on,
        max(booked_on) AS last_on
    FROM spending
    WHERE vendor_key IS NOT NULL
    GROUP BY ALL
)
SELECT
    v.owner,
    v.month,
    v.currency,
    v.vendor_key,
    v.vendor,
    v.gross,
    v.refunds,
    v.net,
    v.purchase_count,
    v.refund_count,
    share_of(v.gross, v.purchase_count) AS average_ticket,
    percent_of(v.net, t.net) AS share_percent,
    row_number() OVER (
        PARTITION BY v.owner, v.currency, v.month ORDER BY v.net DESC, v.vendor, v.vendor_key
    ) AS rank,
    v.first_on,
    v.last_on,
    c.uncovered_accounts,
    c.proof
FROM of_vendor AS v
JOIN total AS t USING (owner, month, currency)
LEFT JOIN mart_cashflow AS c USING (owner, month, currency)
ORDER BY v.owner, v.currency, v.month, rank
