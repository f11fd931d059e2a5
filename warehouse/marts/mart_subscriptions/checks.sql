-- check: every_registered_subscription_is_there
-- severity: fail
SELECT 1
WHERE (SELECT count(*) FROM mart_subscriptions) <> (SELECT count(*) FROM enriched.subscription)

-- check: a_last_payment_is_a_movement
-- severity: fail
SELECT s.subscription_key
FROM mart_subscriptions AS s
WHERE s.last_paid_on IS NOT NULL AND NOT EXISTS (
    FROM fct_transactions AS t
    WHERE t.owner = s.owner AND t.vendor_key = s.vendor_key AND t.currency = s.currency
        AND t.booked_on = s.last_paid_on AND t.amount = -s.last_paid_amount
)

-- check: what_is_due_is_ahead
-- severity: fail
SELECT subscription_key
FROM mart_subscriptions
WHERE is_active AND (
    next_due_on IS NULL OR next_due_on < as_of_on OR app_drift_days < 0
    OR due_next_30d <> amount * occurrences_next_30d
    OR (occurrences_next_30d > 0) <> (next_due_on <= as_of_on + 30)
)

-- check: nothing_is_overdue_for_a_year
-- severity: warn
SELECT subscription_key FROM mart_subscriptions WHERE months_overdue >= 12
