-- check: net_is_gross_less_refunds
-- severity: fail
SELECT * FROM mart_vendor_spend WHERE net <> gross - refunds

-- check: a_vendor_has_one_name
-- severity: fail
SELECT vendor_key FROM mart_vendor_spend GROUP BY vendor_key HAVING count(DISTINCT vendor) > 1

-- check: nothing_of_a_vendor_is_missing
-- severity: fail
SELECT owner, currency
FROM (
    SELECT owner, currency, sum(net) AS net FROM mart_vendor_spend GROUP BY ALL
) AS m
FULL JOIN (
    SELECT owner, currency, -sum(amount) AS net
    FROM fct_transactions
    WHERE status = 'booked' AND vendor_key IS NOT NULL AND (
        flow_class IN ('expense', 'refund') OR (flow_class = 'fee_interest' AND amount < 0)
    )
    GROUP BY ALL
) AS f USING (owner, currency)
WHERE coalesce(m.net, 0) <> coalesce(f.net, 0)
