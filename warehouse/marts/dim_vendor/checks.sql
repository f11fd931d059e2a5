-- check: a_name_is_one_vendor
-- severity: fail
SELECT owner, vendor FROM dim_vendor WHERE is_current GROUP BY ALL HAVING count(*) > 1

-- check: every_vendor_was_met
-- severity: fail
SELECT vendor_key FROM dim_vendor GROUP BY ALL HAVING sum(transaction_count) = 0

-- check: every_day_has_one_version
-- severity: fail
SELECT vendor_key, version_no FROM dim_vendor
WINDOW run AS (PARTITION BY vendor_key ORDER BY version_no)
QUALIFY valid_from <> lag(valid_to) OVER run + 1
    OR (valid_from IS NULL) <> (version_no = 1)
    OR is_current <> (lead(version_no) OVER run IS NULL)
    OR version_no <> row_number() OVER run

-- check: every_movement_of_a_vendor_is_counted_once
-- severity: fail
SELECT vendor_key
FROM (
    SELECT vendor_key, sum(transaction_count) AS entries FROM dim_vendor GROUP BY ALL
) AS told
FULL JOIN (
    SELECT vendor_key, count(*) AS entries FROM fct_transactions
    WHERE vendor_key IS NOT NULL GROUP BY ALL
) AS met USING (vendor_key)
WHERE coalesce(told.entries, 0) <> coalesce(met.entries, 0)

-- check: persons_are_no_vendors
-- severity: fail
SELECT transaction_id FROM fct_transactions
WHERE counterparty_kind IN ('person', 'own') AND vendor_key IS NOT NULL
