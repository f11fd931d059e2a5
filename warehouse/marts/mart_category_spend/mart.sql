WITH spending AS (
    SELECT
        owner, month, currency, category, category_top,
        CASE WHEN flow_class = 'refund' THEN 0 ELSE -amount END AS gross,
        CASE WHEN flow_class = 'refund' THEN amount ELSE 0 END AS refund,
        flow_class = 'refund' AS is_refund
    FROM fct_transactions
    WHERE status = 'booked' AND (
        flow_class IN ('expense', 'refund') OR (flow_class = 'fee_interest' AND amount < 0)
    )
),
leaf AS (
    SELECT
        owner, month, currency, 2 AS level, category, category_top,
        sum(gross) AS gross, sum(refund) AS refunds,
        count(*) FILTER (WHERE NOT is_refund) AS purchase_count,
        count(*) FILTER (WHERE is_refund) AS refund_count
    FROM spending
    GROUP BY ALL
),
both_levels AS (
    SELECT * FROM leaf
    UNION ALL
    SELECT
        owner, month, currency, 1, category_top, category_top,
        sum(gross), sum(refunds), sum(purchase_count), sum(refund_count)
    FROM leaf
    GROUP BY ALL
),
last_month AS (
    SELECT owner, currency, max(month) AS month FROM fct_transactions GROUP BY ALL
),
calendar AS (
    SELECT
        s.owner, s.currency, s.level, s.category, s.category_top,
        unnest(generate_series(s.first_month, l.month, INTERVAL 1 MONTH))::DATE AS month
    FROM (
        SELECT owner, currency, level, category, category_top, min(month) AS first_month
        FROM both_levels
        GROUP BY ALL
    ) AS s
    JOIN last_month AS l USING (owner, currency)
),
dense AS (
    SELECT
        c.*,
        coalesce(b.gross, 0)::DECIMAL(38,4) AS gross,
        coalesce(b.refunds, 0)::DECIMAL(38,4) AS refunds,
        coalesce(b.gross - b.refunds, 0)::DECIMAL(38,4) AS net,
        coalesce(b.purchase_count, 0)::BIGINT AS purchase_count,
        coalesce(b.refund_count, 0)::BIGINT AS refund_count
    FROM calendar AS c
    LEFT JOIN both_levels AS b USING (owner, currency, level, category, category_top, month)
),
seen AS (
    SELECT
        *,
        sum(net) OVER (PARTITION BY owner, currency, month, level) AS month_net,
        coalesce(lag(net) OVER run, 0)::DECIMAL(38,4) AS previous_net,
        sum(net) OVER (
            PARTITION BY owner, currency, level, category ORDER BY month
            ROWS BETWEEN 2 PRECEDING AND CURRENT ROW
        ) AS net_3m
    FROM dense
    WINDOW run AS (PARTITION BY owner, currency, level, category ORDER BY month)
)
SELECT
    s.owner,
    s.month,
    s.currency,
    level,
    category,
    category_top,
    gross,
    s.refunds,
    s.net,
    purchase_count,
    refund_count,
    share_of(gross, purchase_count) AS average_ticket,
    percent_of(s.net, month_net) AS share_percent,
    previous_net,
    (s.net - previous_net)::DECIMAL(38,4) AS change,
    CASE WHEN previous_net > 0 THEN percent_of(s.net - previous_net, previous_net) END
        AS change_percent,
    share_of(net_3m, 3) AS average_3m,
    c.uncovered_accounts,
    c.proof
FROM seen AS s
LEFT JOIN mart_cashflow AS c USING (owner, month, currency)
ORDER BY s.owner, s.currency, s.month, level, category
