WITH timeline AS (
    SELECT
        account_id, currency, day, closing, proof,
        max(day) OVER (PARTITION BY account_id, currency) AS last_day
    FROM fct_daily_balance
    WHERE timeline_status <> 'unanchored'
),
period AS (
    SELECT * FROM (VALUES ('all', NULL), ('365_days', 365), ('90_days', 90), ('30_days', 30))
        AS p (period, days)
),
measured AS (
    SELECT
        t.account_id, t.currency, p.period,
        min(t.day) AS starts_on,
        max(t.day) AS ends_on,
        count(*) AS day_count,
        first(t.closing ORDER BY t.day) AS start_balance,
        last(t.closing ORDER BY t.day) AS end_balance,
        sum(t.closing) AS total,
        min(t.closing) AS least,
        max(t.closing) AS most,
        CASE
            WHEN bool_or(t.proof = 'contradicted') THEN 'contradicted'
            WHEN bool_and(t.proof = 'proven') THEN 'proven'
            ELSE 'unproven'
        END AS proof,
        -- Cents as whole numbers: sums of squares stay exact until the one square root. Those of
        -- trillions would leave 128 bits.
        sum((t.closing * 100)::HUGEINT) AS cent_sum,
        sum(CASE WHEN abs(t.closing) < 1000000000000
            THEN (t.closing * 100)::HUGEINT * (t.closing * 100)::HUGEINT END) AS cent_square_sum,
        max(abs(t.closing)) < 1000000000000 AS is_exact,
        stddev_pop(t.closing::DOUBLE) AS about
    FROM timeline AS t, period AS p
    WHERE p.days IS NULL OR t.day > t.last_day - p.days::INTEGER
    GROUP BY ALL
),
spread AS (
    SELECT
        *,
        cents_of(share_of(total, day_count)) AS mean,
        CASE WHEN is_exact
            THEN sqrt((day_count::HUGEINT * cent_square_sum - cent_sum * cent_sum)::DOUBLE)
                / (100 * day_count)
            ELSE about
        END::DECIMAL(34,2) AS deviation,
        (end_balance - start_balance)::DECIMAL(38,4) AS growth
    FROM measured
),
told AS (
    SELECT
        *,
        percent_of(growth, start_balance) AS growth_percent,
        coalesce(percent_of(growth, start_balance), 0)::DECIMAL(18,2) AS growth_app_percent,
        CASE WHEN mean > 0 THEN percent_of(deviation, mean) ELSE 0 END::DECIMAL(18,2)
            AS volatility_percent
    FROM spread
)
SELECT
    a.owner,
    t.account_id,
    a.account_name,
    t.currency,
    t.period,
    t.starts_on,
    t.ends_on,
    t.day_count,
    t.start_balance::DECIMAL(38,4) AS start_balance,
    t.end_balance::DECIMAL(38,4) AS end_balance,
    t.growth,
    t.growth_percent,
    t.growth_app_percent,
    t.mean,
    t.deviation,
    t.least::DECIMAL(38,4) AS least,
    t.most::DECIMAL(38,4) AS most,
    t.volatility_percent,
    CASE
        WHEN t.growth_app_percent > 10 THEN 'strong'
        WHEN t.growth_app_percent > 0 THEN 'moderate'
        WHEN t.growth_app_percent = 0 THEN 'none'
        ELSE 'decline'
    END AS growth_label,
    CASE
        WHEN t.volatility_percent < 5 THEN 'low'
        WHEN t.volatility_percent < 15 THEN 'moderate'
        ELSE 'high'
    END AS volatility_label,
    t.proof
FROM told AS t
LEFT JOIN ledger.account AS a USING (account_id)
ORDER BY t.account_id, t.currency, t.period
