-- check: each_account_is_counted_once_a_month
-- severity: fail
SELECT 1
WHERE (SELECT coalesce(sum(account_count), 0) FROM mart_balance_by_type)
    <> (SELECT count(*) FROM mart_monthly_balance)

-- check: all_known_means_a_balance
-- severity: fail
SELECT * FROM mart_balance_by_type WHERE balance IS NULL AND unknown_count < account_count
