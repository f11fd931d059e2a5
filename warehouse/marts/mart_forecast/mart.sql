WITH night AS (
    SELECT as_of_on, as_of_on + 90 AS until_on FROM enriched.night
),
subscribed AS (
    SELECT
        s.owner, s.subscription_key AS source_key, s.name AS label, s.currency, s.amount,
        s.account_id, s.category, s.overdue_since_on, s.next_due_on, s.anchor_on, s.cycle
    FROM mart_subscriptions AS s
    WHERE s.is_active
),
subscription AS (
    SELECT s.*, due_of(s.anchor_on, s.cycle, k.number) AS due_on, false AS is_overdue
    FROM subscribed AS s
    CROSS JOIN night AS n
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(
            cycles_between(s.anchor_on, s.next_due_on, s.cycle) - 1,
            cycles_between(s.anchor_on, n.until_on, s.cycle) + 1
        )) AS number
    ) AS k
    WHERE due_of(s.anchor_on, s.cycle, k.number) BETWEEN s.next_due_on AND n.until_on
    UNION ALL
    SELECT *, overdue_since_on, true FROM subscribed WHERE overdue_since_on IS NOT NULL
),
charge AS (
    SELECT r.*, due_of(r.next_on, r.cycle, k.number) AS due_on
    FROM mart_recurring_candidates AS r
    CROSS JOIN night AS n
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(0, cycles_between(r.next_on, n.until_on, r.cycle) + 1))
            AS number
    ) AS k
    WHERE NOT r.is_registered AND NOT r.is_lapsed
        AND due_of(r.next_on, r.cycle, k.number) BETWEEN n.as_of_on AND n.until_on
),
instalment AS (
    SELECT
        m.*, k.number, i.amount AS planned_amount, p.name AS plan_name,
        due_of(m.counted_from_on, 'monthly', k.number - m.counted_from_no) AS due_on
    FROM mart_instalments AS m
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(m.last_no + 1, m.instalment_count)) AS number
    ) AS k
    LEFT JOIN enriched.plan AS p ON p.plan_key = m.plan_key
    LEFT JOIN enriched.instalment AS i
        ON i.plan_key = m.plan_key AND i.instalment_no = k.number
    WHERE m.remaining_count > 0
),
item AS (
    SELECT
        owner, due_on, 'subscription' AS source_type, source_key, label, currency, amount,
        account_id, category, is_overdue, 'stated' AS confidence
    FROM subscription
    UNION ALL
    SELECT
        owner, due_on, 'recurring', recurring_key, vendor, currency, amount, account_id, category,
        false, 'expected'
    FROM charge
    UNION ALL
    SELECT
        owner, due_on, 'instalment', purchase_id,
        coalesce(plan_name, vendor, 'Instalment') || ' (' || number || '/' || instalment_count
            || ')',
        currency, coalesce(planned_amount, instalment_amount), account_id, category, false, 'stated'
    FROM instalment
    UNION ALL
    SELECT
        owner, due_on, 'instalment', plan_key, label, currency, amount, account_id, category, false,
        'stated'
    FROM mart_instalment_plans
    WHERE purchase_id IS NULL AND status IN ('due', 'pending')
    UNION ALL
    SELECT
        owner, due_on, 'card_bill', bill_key, 'Card bill', currency, open_amount, account_id, NULL,
        is_overdue,
        CASE WHEN status = 'open' THEN 'expected' ELSE 'stated' END
    FROM mart_card_bills
    WHERE open_amount > 0
)
SELECT
    i.owner,
    i.due_on,
    i.source_type,
    i.source_key,
    i.label,
    i.currency,
    i.amount::DECIMAL(38,4) AS amount,
    i.account_id,
    a.account_name,
    i.category,
    i.source_type <> 'card_bill' AND coalesce(h.account_type = 'credit', false) AS is_on_card,
    i.is_overdue,
    i.due_on <= n.as_of_on + 30 AS is_within_30d,
    i.confidence
FROM item AS i
CROSS JOIN night AS n
LEFT JOIN ledger.account AS a ON a.account_id = i.account_id
LEFT JOIN enriched.holding AS h ON h.account_id = i.account_id
WHERE (i.is_overdue OR i.due_on BETWEEN n.as_of_on AND n.until_on) AND i.amount > 0
ORDER BY i.owner, i.due_on, i.source_type, i.label, i.source_key
