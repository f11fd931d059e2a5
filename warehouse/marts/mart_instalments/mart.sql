WITH part AS (
    SELECT p.purchase_id, t.*, b.due_on AS bill_due_on
    FROM enriched.purchase AS p
    JOIN fct_transactions AS t ON t.transaction_id = p.transaction_id
    LEFT JOIN enriched.bill AS b ON b.transaction_id = p.transaction_id
    WHERE t.status = 'booked'
),
purchase AS (
    SELECT
        purchase_id, owner, account_id, account_name, currency, instalment_count,
        last(vendor_key ORDER BY instalment_no) AS vendor_key,
        last(vendor ORDER BY instalment_no) AS vendor,
        last(category ORDER BY instalment_no) AS category,
        last(-amount ORDER BY instalment_no) AS instalment_amount,
        string_agg(instalment_no::VARCHAR, ', ' ORDER BY instalment_no) AS seen_numbers,
        count(*) AS seen_count,
        min(instalment_no) AS first_no,
        max(instalment_no) AS last_no,
        first(booked_on ORDER BY instalment_no) AS first_booked_on,
        last(booked_on ORDER BY instalment_no) AS last_booked_on,
        last(bill_due_on ORDER BY instalment_no) AS last_bill_due_on,
        -sum(amount) AS paid_to_date,
        count(*) > 1 AND min(booked_on) = max(booked_on)
            OR coalesce(
                last(bill_due_on - booked_on ORDER BY instalment_no) > 62, false
            ) AS is_dated_by_purchase
    FROM part
    GROUP BY ALL
),
reach AS (  -- how far the movements of an account go, by day and by bill
    SELECT t.account_id, max(t.booked_on) AS last_on, max(b.due_on) AS last_due_on
    FROM fct_transactions AS t
    LEFT JOIN enriched.bill AS b ON b.transaction_id = t.transaction_id
    WHERE t.status = 'booked'
    GROUP BY ALL
),
dated AS (
    SELECT
        p.*,
        CASE WHEN is_dated_by_purchase THEN last_bill_due_on ELSE first_booked_on END
            AS counted_from_on,
        CASE WHEN is_dated_by_purchase THEN last_no ELSE first_no END AS counted_from_no,
        CASE WHEN is_dated_by_purchase THEN last_bill_due_on ELSE last_booked_on END AS last_on,
        CASE WHEN is_dated_by_purchase THEN r.last_due_on ELSE r.last_on END AS reach_on
    FROM purchase AS p
    LEFT JOIN reach AS r ON r.account_id = p.account_id
),
planned AS (  -- the one plan that fits, and fits no other
    SELECT d.purchase_id, p.plan_key, p.status AS plan_status
    FROM dated AS d
    JOIN enriched.plan AS p
        ON p.owner = d.owner AND p.vendor_key = d.vendor_key AND p.currency = d.currency
        AND p.instalment_count = d.instalment_count
        AND (p.account_id IS NULL OR p.account_id = d.account_id)
    JOIN enriched.instalment AS i
        ON i.plan_key = p.plan_key AND i.instalment_no = d.last_no
        -- Banks give the cents that a division leaves to the first, plans to the last.
        AND abs(i.amount::DECIMAL(38,4) - d.instalment_amount) * 100 <= d.instalment_count
        AND abs(i.due_on - coalesce(d.last_on, d.last_booked_on)) <= 45
    QUALIFY count(*) OVER (PARTITION BY d.purchase_id) = 1
        AND count(*) OVER (PARTITION BY p.plan_key) = 1
),
to_come AS (
    SELECT d.purchase_id, sum(i.amount) AS amount
    FROM dated AS d
    JOIN planned AS p USING (purchase_id)
    JOIN enriched.instalment AS i ON i.plan_key = p.plan_key AND i.instalment_no > d.last_no
    GROUP BY ALL
),
judged AS (
    SELECT
        d.*, p.plan_key,
        CASE
            WHEN d.last_no = d.instalment_count THEN 'finished'
            WHEN p.plan_status = 'cancelled' THEN 'cancelled'
            WHEN p.plan_status = 'finished' THEN 'early_settled'
            WHEN coalesce(d.reach_on > d.last_on + 45, false) THEN 'early_settled'
            WHEN d.seen_count < d.last_no - d.first_no + 1 THEN 'gap'
            ELSE 'active'
        END AS status
    FROM dated AS d
    LEFT JOIN planned AS p USING (purchase_id)
)
SELECT
    j.purchase_id,
    j.owner,
    j.account_id,
    j.account_name,
    j.currency,
    j.vendor_key,
    j.vendor,
    j.category,
    j.instalment_amount,
    j.instalment_count,
    j.seen_numbers,
    j.seen_count,
    j.first_no,
    j.last_no,
    j.first_booked_on,
    j.last_booked_on,
    j.paid_to_date::DECIMAL(38,4) AS paid_to_date,
    CASE WHEN j.status IN ('active', 'gap') THEN j.instalment_count - j.last_no ELSE 0 END
        AS remaining_count,
    CASE WHEN j.status IN ('active', 'gap') THEN coalesce(
        c.amount,
        (j.instalment_count - j.last_no) * j.instalment_amount::DECIMAL(38,4)
    ) ELSE 0 END::DECIMAL(38,4) AS remaining_amount,
    CASE WHEN j.is_dated_by_purchase THEN 'purchase' ELSE 'cycle' END AS dated_by,
    j.counted_from_on,
    j.counted_from_no,
    CASE WHEN j.status IN ('active', 'gap')
        THEN due_of(j.counted_from_on, 'monthly', j.last_no + 1 - j.counted_from_no)
    END AS expected_next_on,
    CASE WHEN j.status IN ('active', 'gap', 'finished')
        THEN due_of(j.counted_from_on, 'monthly', j.instalment_count - j.counted_from_no)
    END AS expected_end_on,
    j.status,
    j.plan_key
FROM judged AS j
LEFT JOIN to_come AS c USING (purchase_id)
ORDER BY j.owner, j.account_id, j.first_booked_on, j.purchase_id
