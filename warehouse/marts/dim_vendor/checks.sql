-- check: a_name_is_one_vendor
-- severity: fail
SELECT owner, vendor FROM dim_vendor GROUP BY ALL HAVING count(*) > 1

-- check: every_vendor_was_met
-- severity: fail
SELECT vendor_key FROM dim_vendor WHERE transaction_count = 0

-- check: persons_are_no_vendors
-- severity: fail
SELECT transaction_id FROM fct_transactions
WHERE counterparty_kind IN ('person', 'own') AND vendor_key IS NOT NULL
