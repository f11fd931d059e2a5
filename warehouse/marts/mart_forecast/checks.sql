-- check: items_lie_in_the_window_or_are_overdue
-- severity: fail
SELECT f.source_key
FROM mart_forecast AS f
CROSS JOIN enriched.night AS n
WHERE f.due_on > n.as_of_on + 90 OR (f.due_on < n.as_of_on) <> f.is_overdue

-- check: an_item_stands_once
-- severity: fail
SELECT source_key FROM mart_forecast GROUP BY source_type, source_key, due_on HAVING count(*) > 1

-- check: an_item_is_something_to_pay
-- severity: fail
SELECT source_key FROM mart_forecast WHERE amount <= 0 OR label IS NULL

-- check: subscriptions_say_the_same
-- severity: fail
SELECT subscription_key
FROM mart_subscriptions AS s
LEFT JOIN (
    SELECT source_key, sum(amount) AS amount
    FROM mart_forecast
    WHERE source_type = 'subscription' AND is_within_30d AND NOT is_overdue
    GROUP BY ALL
) AS f ON f.source_key = s.subscription_key
WHERE coalesce(f.amount, 0) <> s.due_next_30d

-- check: no_more_instalments_than_remain
-- severity: fail
SELECT m.purchase_id
FROM mart_instalments AS m
JOIN (
    SELECT source_key, count(*) AS number, sum(amount) AS amount
    FROM mart_forecast
    WHERE source_type = 'instalment'
    GROUP BY ALL
) AS f ON f.source_key = m.purchase_id
WHERE f.number > m.remaining_count OR f.amount > m.remaining_amount

-- check: cancelled_plans_owe_nothing
-- severity: fail
SELECT f.source_key
FROM mart_forecast AS f
JOIN enriched.plan AS p ON p.plan_key = f.source_key
WHERE p.status <> 'active'
