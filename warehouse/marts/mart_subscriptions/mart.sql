WITH known AS (  -- how far statements reach
    SELECT account_id, owner, max(ends_on) AS until_on FROM fct_monthly_balance GROUP BY ALL
),
payment AS (
    SELECT
        s.subscription_key,
        max(t.booked_on) AS last_paid_on,
        last(-t.amount ORDER BY t.booked_on, t.transaction_id) AS last_paid_amount
    FROM enriched.subscription AS s
    JOIN fct_transactions AS t
        ON t.owner = s.owner AND t.vendor_key = s.vendor_key AND t.currency = s.currency
        AND (s.account_id IS NULL OR t.account_id = s.account_id)
    WHERE t.status = 'booked' AND t.amount < 0 AND t.flow_class IN ('expense', 'fee_interest')
        AND abs(t.amount::DECIMAL(38,4) + s.amount) * 10 <= s.amount
        AND t.booked_on <= (SELECT as_of_on FROM enriched.night)
    GROUP BY ALL
),
told AS (
    SELECT s.*, n.as_of_on, p.last_paid_on, p.last_paid_amount, k.until_on
    FROM enriched.subscription AS s
    CROSS JOIN enriched.night AS n
    LEFT JOIN payment AS p USING (subscription_key)
    LEFT JOIN LATERAL (
        SELECT max(until_on) AS until_on FROM known
        WHERE known.owner = s.owner AND (s.account_id IS NULL OR known.account_id = s.account_id)
    ) AS k ON true
),
numbered AS (  -- the anchor is number 0
    SELECT
        subscription_key, anchor_on, cycle, last_paid_on,
        unnest(generate_series(
            least(
                0,
                cycles_between(anchor_on, as_of_on, cycle) - 2,
                cycles_between(anchor_on, coalesce(last_paid_on, as_of_on), cycle) - 2
            ),
            greatest(0, cycles_between(anchor_on, as_of_on + 31, cycle)) + 3
        )) AS number
    FROM told
),
schedule AS (
    SELECT
        subscription_key, last_paid_on, number, cycle,
        due_of(anchor_on, cycle, number) AS due_on
    FROM numbered
),
dated AS (  -- the platform counts from the due day before: a short month shortens all after it
    SELECT
        subscription_key, number, due_on,
        CASE WHEN cycle = 'weekly' OR number < 0 THEN due_on
        ELSE due_on - (day(due_on) - min(day(due_on)) OVER (
            PARTITION BY subscription_key, number >= 0 ORDER BY number
        ))::INTEGER END AS due_app_on
    FROM schedule
),
paid AS (  -- the last payment paid the due day that is nearest to it
    SELECT
        subscription_key,
        first(number ORDER BY abs(due_on - last_paid_on), number) AS paid_number
    FROM schedule
    WHERE last_paid_on IS NOT NULL
    GROUP BY subscription_key
),
unpaid AS (
    SELECT d.subscription_key, d.due_on, d.due_app_on
    FROM dated AS d
    LEFT JOIN paid AS p USING (subscription_key)
    WHERE d.number > coalesce(p.paid_number, -1)
),
ahead AS (
    SELECT
        t.subscription_key,
        min(u.due_on) AS first_unpaid_on,
        min(u.due_on) FILTER (WHERE u.due_on >= t.as_of_on) AS next_due_on,
        min(u.due_app_on) FILTER (WHERE u.due_on >= t.as_of_on) AS next_due_app_on,
        count(*) FILTER (WHERE u.due_on BETWEEN t.as_of_on AND t.as_of_on + 30) AS occurrences
    FROM told AS t
    JOIN unpaid AS u USING (subscription_key)
    GROUP BY ALL
),
judged AS (
    SELECT
        t.*,
        a.* EXCLUDE (subscription_key),
        CASE
            WHEN NOT t.is_active THEN 'inactive'
            WHEN t.vendor IS NOT NULL AND a.first_unpaid_on < t.as_of_on
                AND a.first_unpaid_on + 5 < t.until_on THEN 'overdue'
            WHEN t.last_paid_on IS NOT NULL AND a.first_unpaid_on > t.as_of_on THEN 'paid'
            ELSE 'due'
        END AS status
    FROM told AS t
    JOIN ahead AS a USING (subscription_key)
)
SELECT
    j.as_of_on,
    j.subscription_key,
    j.owner,
    j.name,
    j.vendor_key,
    coalesce(v.name, j.vendor) AS vendor,
    c.path AS category,
    j.account_id,
    a.account_name,
    j.currency,
    j.amount,
    j.cycle,
    j.anchor_on,
    j.is_active,
    CASE WHEN j.is_active THEN monthly_of(j.amount, j.cycle) END AS monthly_equivalent,
    CASE WHEN j.is_active THEN yearly_of(j.amount, j.cycle) END AS yearly_projection,
    CASE WHEN j.is_active THEN j.next_due_on END AS next_due_on,
    CASE WHEN j.is_active THEN j.next_due_app_on END AS next_due_app_on,
    CASE WHEN j.is_active THEN (j.next_due_on - j.next_due_app_on)::INTEGER END AS app_drift_days,
    CASE WHEN j.is_active THEN j.occurrences ELSE 0 END AS occurrences_next_30d,
    (j.amount * CASE WHEN j.is_active THEN j.occurrences ELSE 0 END)::DECIMAL(38,4)
        AS due_next_30d,
    j.last_paid_on,
    j.last_paid_amount,
    percent_of(j.last_paid_amount::DECIMAL(38,4) - j.amount, j.amount) AS amount_drift_percent,
    j.status,
    CASE WHEN j.status = 'overdue' THEN j.first_unpaid_on END AS overdue_since_on,
    CASE WHEN j.status = 'overdue' THEN date_sub('month', j.first_unpaid_on, j.as_of_on) END
        AS months_overdue
FROM judged AS j
LEFT JOIN enriched.vendor AS v ON v.vendor_key = j.vendor_key
LEFT JOIN enriched.category AS c ON c.category_key = j.category_key
LEFT JOIN ledger.account AS a ON a.account_id = j.account_id
ORDER BY j.owner, j.name
