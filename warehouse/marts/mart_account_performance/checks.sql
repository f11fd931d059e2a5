-- check: the_mean_lies_between_the_extremes
-- severity: fail
SELECT * FROM mart_account_performance WHERE mean < least - 0.01 OR mean > most + 0.01

-- check: a_constant_balance_has_no_spread
-- severity: fail
SELECT * FROM mart_account_performance WHERE (least = most) <> (deviation = 0) AND most - least > 1

-- check: shorter_periods_lie_in_longer_ones
-- severity: fail
SELECT account_id, currency FROM mart_account_performance
GROUP BY ALL
HAVING max(day_count) FILTER (WHERE period <> 'all') > max(day_count) FILTER (WHERE period = 'all')
