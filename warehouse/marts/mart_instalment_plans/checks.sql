-- check: instalments_add_up_to_the_total
-- severity: fail
SELECT plan_key FROM mart_instalment_plans
GROUP BY plan_key, total_amount, instalment_count
HAVING sum(amount) <> total_amount OR count(*) <> instalment_count

-- check: every_plan_is_there
-- severity: fail
SELECT plan_key FROM enriched.plan
WHERE plan_key NOT IN (SELECT plan_key FROM mart_instalment_plans)

-- check: a_movement_pays_one_instalment
-- severity: fail
SELECT transaction_id FROM mart_instalment_plans
WHERE transaction_id IS NOT NULL
GROUP BY transaction_id HAVING count(*) > 1

-- check: what_is_due_was_paid
-- severity: warn
SELECT plan_key FROM mart_instalment_plans WHERE status = 'due' AND purchase_id IS NOT NULL
