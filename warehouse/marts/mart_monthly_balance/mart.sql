WITH timeline AS (
    SELECT
        account_id, currency, month, opening AS started_with, closing AS ended_with,
        timeline_status, timeline_status = 'unanchored' AS is_unanchored
    FROM fct_monthly_balance
),
paid_in AS (
    SELECT
        account_id, currency, month, sum(amount) AS contributions
    FROM fct_transactions
    WHERE status = 'booked'
        AND flow_class IN ('transfer_in', 'transfer_out', 'investment_in', 'investment_out')
    GROUP BY ALL
),
calendar AS (
    SELECT
        t.account_id, t.currency,
        unnest(generate_series(
            t.first_month, greatest(t.last_month, date_trunc('month', n.as_of_on)::DATE),
            INTERVAL 1 MONTH
        ))::DATE AS month
    FROM (
        SELECT account_id, currency, min(month) AS first_month, max(month) AS last_month
        FROM timeline
        GROUP BY ALL
    ) AS t, enriched.night AS n
),
known AS (
    SELECT
        c.account_id, c.currency, c.month,
        coalesce(s.covered_days > 0, false) AS has_data,
        coalesce(s.missing_days = 0, false) AS is_month_covered,
        t.timeline_status,
        CASE WHEN coalesce(s.covered_days > 0, false) AND NOT t.is_unanchored
            THEN t.started_with END AS started_with,
        CASE WHEN coalesce(s.covered_days > 0, false) AND NOT t.is_unanchored
            THEN t.ended_with END AS ended_with,
        CASE WHEN h.account_type = 'investment' THEN coalesce(p.contributions, 0) END
            AS contributions
    FROM calendar AS c
    LEFT JOIN timeline AS t USING (account_id, currency, month)
    LEFT JOIN mart_statement_coverage AS s USING (account_id, month)
    LEFT JOIN paid_in AS p USING (account_id, currency, month)
    LEFT JOIN enriched.holding AS h USING (account_id)
)
SELECT
    a.owner,
    k.account_id,
    a.account_name,
    k.month,
    monthname(k.month) || ' ' || year(k.month) AS month_name,
    k.currency,
    k.started_with::DECIMAL(38,4) AS started_with,
    k.ended_with::DECIMAL(38,4) AS ended_with,
    (k.ended_with - k.started_with)::DECIMAL(38,4) AS movement,
    k.contributions::DECIMAL(38,4) AS contributions,
    (k.ended_with - k.started_with - k.contributions)::DECIMAL(38,4) AS profit,
    percent_of(k.ended_with - k.started_with - k.contributions, k.started_with)
        AS profit_percentage,
    k.has_data,
    k.is_month_covered,
    k.timeline_status
FROM known AS k
LEFT JOIN ledger.account AS a USING (account_id)
ORDER BY k.account_id, k.currency, k.month
