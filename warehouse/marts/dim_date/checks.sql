-- check: days_follow_each_other
-- severity: fail
SELECT day FROM dim_date QUALIFY day - lag(day) OVER (ORDER BY day) <> 1

-- check: every_booked_day_is_there
-- severity: fail
SELECT booked_on FROM fct_transactions WHERE booked_on NOT IN (SELECT day FROM dim_date)
