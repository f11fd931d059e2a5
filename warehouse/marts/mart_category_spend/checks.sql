-- check: tops_and_leaves_agree
-- severity: fail
SELECT owner, currency, month, category_top
FROM mart_category_spend
GROUP BY ALL
HAVING sum(net) FILTER (WHERE level = 1) <> sum(net) FILTER (WHERE level = 2)

-- check: spending_is_the_expense_of_the_cash_flow
-- severity: fail
SELECT owner, currency, month
FROM (
    SELECT owner, currency, month, sum(net) AS net FROM mart_category_spend
    WHERE level = 2 GROUP BY ALL
) AS s
FULL JOIN (
    SELECT
        owner, currency, month,
        -sum(amount) FILTER (
            WHERE flow_class IN ('expense', 'refund') OR (flow_class = 'fee_interest' AND amount < 0)
        ) AS net
    FROM fct_transactions WHERE status = 'booked' GROUP BY ALL
) AS f USING (owner, currency, month)
WHERE coalesce(s.net, 0) <> coalesce(f.net, 0)

-- check: little_is_uncategorized
-- severity: warn
SELECT owner, currency, month
FROM mart_category_spend
WHERE level = 1 AND category = 'Uncategorized' AND share_percent > 5
