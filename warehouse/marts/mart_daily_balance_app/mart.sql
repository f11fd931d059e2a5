WITH carried AS (  -- what the formula says before the first day that is made anew
    SELECT account_id, currency, arg_max(closing_app_formula, day) AS closing_app
    FROM earlier
    GROUP BY ALL
),
moved AS (  -- the platform adds income and investment, and subtracts everything else
    SELECT
        account_id, currency, booked_on AS day,
        sum(CASE WHEN movement_type IN ('income', 'investment') THEN abs(amount)
            ELSE -abs(amount) END) AS app_change
    FROM fct_transactions
    WHERE status = 'booked'
    GROUP BY ALL
),
walk AS (
    SELECT
        d.owner, d.account_id, d.account_name, d.currency, d.day, d.closing, d.timeline_status,
        coalesce(c.closing_app, first_value(d.opening) OVER run)
            + sum(coalesce(m.app_change, 0)) OVER run AS closing_app
    FROM fct_daily_balance AS d
    JOIN ledger.account AS a ON a.account_id = d.account_id AND a.account_kind <> 'card'
    LEFT JOIN carried AS c ON c.account_id = d.account_id AND c.currency = d.currency
    LEFT JOIN moved AS m
        ON m.account_id = d.account_id AND m.currency = d.currency AND m.day = d.day
    WINDOW run AS (
        PARTITION BY d.account_id, d.currency ORDER BY d.day ROWS UNBOUNDED PRECEDING
    )
)
SELECT
    owner,
    account_id,
    account_name,
    currency,
    day,
    closing,
    closing_app::DECIMAL(38,4) AS closing_app_formula,
    (closing_app - closing)::DECIMAL(38,4) AS difference,
    timeline_status
FROM walk
ORDER BY account_id, currency, day
