WITH movement AS (
    SELECT
        t.*, b.bill_key, b.due_on, b.starts_on, b.closes_on,
        CASE
            WHEN t.flow_class = 'card_payment' THEN 'payment'
            WHEN t.flow_class = 'transfer_in' THEN 'payment'
            WHEN t.flow_class = 'fee_interest' THEN 'fee'
            WHEN t.amount > 0 THEN 'refund'
            ELSE 'purchase'
        END AS part
    FROM enriched.bill AS b
    JOIN fct_transactions AS t ON t.transaction_id = b.transaction_id
    WHERE t.status = 'booked'
),
bill AS (
    SELECT
        bill_key, owner, account_id, account_name, institution, currency, due_on,
        max(starts_on) AS starts_on,
        max(closes_on) AS closes_on,
        coalesce(-sum(amount) FILTER (WHERE part = 'purchase'), 0) AS purchases,
        coalesce(-sum(amount) FILTER (WHERE part = 'fee'), 0) AS fees_interest,
        coalesce(sum(amount) FILTER (WHERE part = 'refund'), 0) AS refunds,
        coalesce(sum(amount) FILTER (WHERE part = 'payment'), 0) AS payments_printed,
        max(booked_on) FILTER (WHERE part = 'payment') AS payments_printed_on,
        coalesce(-sum(amount) FILTER (WHERE part = 'purchase' AND instalment_no IS NOT NULL), 0)
            AS instalment_part,
        count(*) AS transaction_count
    FROM movement
    GROUP BY ALL
),
source AS (  -- the statements that print a bill
    SELECT bill_key, currency, file_sha256, statement_no FROM movement GROUP BY ALL
),
stated AS (  -- one statement is one bill, and states what is due
    SELECT s.bill_key, s.currency, -l.stated_closing AS stated_total
    FROM (
        SELECT * FROM source
        QUALIFY count(*) OVER (PARTITION BY bill_key, currency) = 1
            AND count(*) OVER (PARTITION BY file_sha256, statement_no) = 1
    ) AS s
    JOIN mart_reconciliation AS l
        ON l.file_sha256 = s.file_sha256 AND l.statement_no = s.statement_no
        AND l.currency = s.currency
    WHERE l.status IN ('loaded', 'accepted') AND l.opening_balance IS NULL
        AND l.stated_closing IS NOT NULL
),
known AS (  -- how far statements reach
    SELECT account_id, max(ends_on) AS until_on FROM fct_monthly_balance GROUP BY account_id
),
settled AS (
    SELECT
        b.*,
        b.purchases + b.fees_interest - b.refunds AS computed_total,
        s.stated_total,
        coalesce(s.stated_total, b.purchases + b.fees_interest - b.refunds) AS total_due,
        coalesce(lead(b.payments_printed) OVER of_card, 0) AS paid_amount,
        lead(b.payments_printed_on) OVER of_card AS paid_on,
        lead(b.due_on) OVER of_card AS next_due_on,
        n.as_of_on,
        b.due_on < least(n.as_of_on, k.until_on) AS is_past
    FROM bill AS b
    CROSS JOIN enriched.night AS n
    LEFT JOIN stated AS s USING (bill_key, currency)
    LEFT JOIN known AS k ON k.account_id = b.account_id
    WINDOW of_card AS (PARTITION BY b.account_id, b.currency ORDER BY b.due_on)
)
SELECT
    t.bill_key,
    t.owner,
    t.account_id,
    t.account_name,
    t.institution,
    t.currency,
    t.due_on,
    t.starts_on,
    t.closes_on,
    t.purchases::DECIMAL(38,4) AS purchases,
    t.fees_interest::DECIMAL(38,4) AS fees_interest,
    t.refunds::DECIMAL(38,4) AS refunds,
    t.payments_printed::DECIMAL(38,4) AS payments_printed,
    t.instalment_part::DECIMAL(38,4) AS instalment_part,
    t.transaction_count,
    t.computed_total::DECIMAL(38,4) AS computed_total,
    t.stated_total::DECIMAL(38,4) AS stated_total,
    (t.computed_total - t.stated_total)::DECIMAL(38,4) AS difference,
    t.total_due::DECIMAL(38,4) AS total_due,
    CASE WHEN t.total_due > 0 THEN part_of(t.total_due, h.minimum_percent)
    WHEN h.minimum_percent IS NOT NULL THEN 0 END::DECIMAL(34,2) AS minimum_payment,
    t.paid_amount::DECIMAL(38,4) AS paid_amount,
    t.paid_on,
    (t.total_due - t.paid_amount)::DECIMAL(38,4) AS open_amount,
    CASE
        WHEN t.computed_total <> t.stated_total THEN 'unreconciled'
        WHEN t.closes_on >= t.as_of_on THEN 'open'
        -- Nobody said when it closes: a stated total, a later bill or the due day tell that it did.
        WHEN t.closes_on IS NULL AND t.stated_total IS NULL AND t.next_due_on IS NULL
            AND t.due_on > t.as_of_on THEN 'open'
        WHEN t.paid_amount > greatest(t.total_due, 0) THEN 'overpaid'
        WHEN t.paid_amount >= t.total_due THEN 'paid'
        WHEN t.paid_amount > 0 THEN 'partial'
        WHEN t.is_past THEN 'overdue'
        ELSE 'closed'
    END AS status,
    t.is_past AND t.total_due > t.paid_amount AS is_overdue,
    (t.due_on - t.as_of_on)::INTEGER AS days_to_due
FROM settled AS t
LEFT JOIN enriched.holding AS h ON h.account_id = t.account_id
ORDER BY t.owner, t.account_id, t.due_on, t.currency
