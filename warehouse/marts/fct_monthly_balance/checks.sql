-- check: it_closes_by_what_was_booked
-- severity: fail
SELECT account_id, currency, month FROM fct_monthly_balance
WHERE closing <> opening + credits - debits

-- check: a_month_opens_as_the_one_before_closed
-- severity: fail
SELECT account_id, currency, month FROM fct_monthly_balance
QUALIFY opening <> lag(closing) OVER (PARTITION BY account_id, currency ORDER BY month)

-- check: it_ends_where_the_days_end
-- severity: fail
SELECT account_id, currency
FROM (
    SELECT account_id, currency, max(ends_on) AS ends_on, arg_max(closing, ends_on) AS closing
    FROM fct_monthly_balance GROUP BY ALL
) AS m
FULL JOIN (
    SELECT account_id, currency, max(day) AS ends_on, arg_max(closing, day) AS closing
    FROM fct_daily_balance GROUP BY ALL
) AS d USING (account_id, currency)
WHERE coalesce(m.ends_on <> d.ends_on OR m.closing <> d.closing, true)

-- check: a_level_is_known_from_the_first_day_on_or_never
-- severity: fail
SELECT account_id, currency FROM fct_monthly_balance
GROUP BY ALL
HAVING count(DISTINCT timeline_status = 'unanchored') > 1
