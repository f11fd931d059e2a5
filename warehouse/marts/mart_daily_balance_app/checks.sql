-- check: every_day_of_a_bank_account_is_here
-- severity: fail
SELECT d.account_id, d.currency, d.day
FROM fct_daily_balance AS d
JOIN ledger.account AS a ON a.account_id = d.account_id AND a.account_kind <> 'card'
ANTI JOIN mart_daily_balance_app AS p
    ON p.account_id = d.account_id AND p.currency = d.currency AND p.day = d.day
    AND p.closing = d.closing

-- check: it_differs_by_what_the_platform_signs_otherwise
-- severity: fail
-- Day by day: the first differs from zero, or from the day before those that were made anew.
SELECT p.account_id, p.currency, p.day
FROM (
    SELECT
        m.account_id, m.currency, m.day,
        m.difference - coalesce(
            lag(m.difference) OVER (PARTITION BY m.account_id, m.currency ORDER BY m.day),
            e.difference, 0
        ) AS step
    FROM mart_daily_balance_app AS m
    LEFT JOIN (
        SELECT account_id, currency, arg_max(difference, day) AS difference
        FROM earlier GROUP BY ALL
    ) AS e ON e.account_id = m.account_id AND e.currency = m.currency
) AS p
LEFT JOIN (
    SELECT account_id, currency, booked_on AS day, sum(
        CASE WHEN (movement_type IN ('income', 'investment')) <> (amount > 0)
            THEN -2 * amount::DECIMAL(38,4) ELSE 0 END
    ) AS turned
    FROM fct_transactions WHERE status = 'booked' GROUP BY ALL
) AS f USING (account_id, currency, day)
WHERE p.step <> coalesce(f.turned, 0)
