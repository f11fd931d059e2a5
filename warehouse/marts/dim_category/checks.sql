-- check: every_transaction_has_a_category
-- severity: fail
SELECT transaction_id FROM fct_transactions
WHERE category_key IS NULL OR category_key NOT IN (SELECT category_key FROM dim_category)

-- check: a_path_is_one_category
-- severity: fail
SELECT category FROM dim_category GROUP BY category HAVING count(*) > 1

-- check: no_category_lies_deeper_than_two
-- severity: fail
SELECT category FROM dim_category WHERE level NOT IN (1, 2) OR contains(sub_name, '/')
