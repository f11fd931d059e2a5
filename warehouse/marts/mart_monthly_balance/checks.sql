-- check: what_is_not_known_is_null
-- severity: fail
SELECT * FROM mart_monthly_balance
WHERE NOT has_data AND (started_with IS NOT NULL OR ended_with IS NOT NULL)

-- check: movement_is_the_sum_of_the_booked_entries
-- severity: fail
SELECT b.account_id, b.month
FROM mart_monthly_balance AS b
LEFT JOIN (
    SELECT account_id, currency, month, sum(amount) AS total
    FROM fct_transactions WHERE status = 'booked' GROUP BY ALL
) AS f USING (account_id, currency, month)
WHERE b.movement <> coalesce(f.total, 0)

-- check: months_follow_each_other
-- severity: fail
SELECT account_id, month FROM mart_monthly_balance
QUALIFY month <> lag(month, 1, (month - INTERVAL 1 MONTH)::DATE) OVER (
    PARTITION BY account_id, currency ORDER BY month
) + INTERVAL 1 MONTH
