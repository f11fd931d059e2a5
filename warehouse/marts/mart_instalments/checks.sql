-- check: every_instalment_is_of_one_purchase
-- severity: fail
SELECT transaction_id FROM enriched.purchase GROUP BY transaction_id HAVING count(*) > 1

-- check: purchases_hold_all_instalments
-- severity: fail
SELECT account_id, currency
FROM (
    SELECT account_id, currency, sum(paid_to_date) AS amount, sum(seen_count) AS number
    FROM mart_instalments
    GROUP BY ALL
) AS m
FULL JOIN (
    SELECT account_id, currency, -sum(amount) AS amount, count(*) AS number
    FROM fct_transactions
    WHERE status = 'booked' AND amount < 0 AND instalment_count IS NOT NULL
    GROUP BY ALL
) AS f USING (account_id, currency)
WHERE coalesce(m.amount, 0) <> coalesce(f.amount, 0)
    OR coalesce(m.number, 0) <> coalesce(f.number, 0)

-- check: numbers_stand_between_one_and_the_last
-- severity: fail
SELECT * FROM mart_instalments
WHERE first_no < 1 OR last_no > instalment_count OR seen_count > last_no - first_no + 1
    OR remaining_count NOT IN (0, instalment_count - last_no) OR remaining_amount < 0

-- check: a_plan_is_one_purchase
-- severity: fail
SELECT plan_key FROM mart_instalments
WHERE plan_key IS NOT NULL
GROUP BY plan_key HAVING count(*) > 1

-- check: no_bill_is_missing
-- severity: warn
SELECT purchase_id FROM mart_instalments WHERE status = 'gap'
