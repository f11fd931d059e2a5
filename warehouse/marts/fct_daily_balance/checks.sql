-- check: closing_is_opening_and_movements
-- severity: fail
SELECT account_id, currency, day FROM fct_daily_balance
WHERE coalesce(closing <> opening + credits - debits, true)

-- check: opening_is_the_closing_of_the_day_before
-- severity: fail
SELECT account_id, currency, day
FROM fct_daily_balance
QUALIFY opening <> lag(closing) OVER (PARTITION BY account_id, currency ORDER BY day)

-- check: no_day_is_missing
-- severity: fail
SELECT account_id, currency FROM fct_daily_balance
GROUP BY account_id, currency
HAVING max(day) - min(day) + 1 <> count(*)

-- check: movements_equal_the_booked_transactions
-- severity: fail
SELECT account_id, currency
FROM (
    SELECT account_id, currency, sum(credits - debits) AS total, sum(transaction_count) AS entries
    FROM fct_daily_balance GROUP BY account_id, currency
) AS daily
FULL JOIN (
    SELECT account_id, currency, sum(amount) AS total, count(*) AS entries
    FROM fct_transactions WHERE status = 'booked' GROUP BY account_id, currency
) AS booked USING (account_id, currency)
WHERE coalesce(daily.total, 0) <> coalesce(booked.total, 0)
   OR coalesce(daily.entries, 0) <> coalesce(booked.entries, 0)

-- check: difference_is_closing_less_anchor
-- severity: fail
SELECT account_id, currency, day FROM fct_daily_balance
WHERE anchor_difference <> closing - anchor_balance
   OR is_anchor = (anchor_balance IS NULL)
   OR is_anchor = (anchor_difference IS NULL)

-- check: anchors_agree
-- severity: warn
SELECT account_id, currency, day FROM fct_daily_balance
WHERE anchor_difference <> 0 OR has_anchor_conflict
