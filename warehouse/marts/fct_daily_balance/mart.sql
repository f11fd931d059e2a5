WITH carried AS (  -- where the walk of an account stands before the first day that is made anew
    SELECT account_id, currency, max(day) AS last_day, arg_max(closing, day) AS closing,
        arg_max(timeline_status, day) AS timeline_status
    FROM earlier
    GROUP BY ALL
),
movement AS (
    SELECT
        account_id, currency, booked_on AS day,
        sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS credits,
        sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS debits,
        count(*) AS transaction_count
    FROM fct_transactions
    WHERE status = 'booked'
    GROUP BY ALL
),
kept AS (
    SELECT
        s.account_id, s.currency, s.starts_on, s.ends_on,
        s.opening_balance, s.opening_on, s.stated_closing AS closing_balance, s.closing_on,
        s.file_sha256, s.statement_no
    FROM mart_reconciliation AS s
    WHERE s.status IN ('loaded', 'accepted')
),
stated AS (
    SELECT
        account_id, currency, opening_on AS day, opening_balance AS balance,
        (coalesce(ends_on, closing_on, opening_on), file_sha256, statement_no, 0) AS turn
    FROM kept
    WHERE opening_balance IS NOT NULL AND opening_on IS NOT NULL
    UNION ALL
    SELECT
        account_id, currency, closing_on, closing_balance,
        (coalesce(ends_on, closing_on), file_sha256, statement_no, 1)
    FROM kept
    WHERE closing_balance IS NOT NULL AND closing_on IS NOT NULL
),
anchor AS (  -- the last-stated balance of each day
    SELECT
        account_id, currency, day,
        last(balance ORDER BY turn) AS balance,
        count(DISTINCT balance) > 1 AS has_conflict
    FROM stated
    GROUP BY ALL
),
span AS (
    SELECT account_id, currency, coalesce(any_value(c.last_day) + 1, min(k.day)) AS first_day,
        max(k.day) AS last_day
    FROM (
        SELECT account_id, currency, day FROM movement
        UNION ALL SELECT account_id, currency, day FROM anchor
        UNION ALL SELECT account_id, currency, starts_on FROM kept
        UNION ALL SELECT account_id, currency, ends_on FROM kept
    ) AS k
    LEFT JOIN carried AS c USING (account_id, currency)
    GROUP BY ALL
),
calendar AS (
    SELECT
        account_id, currency,
        unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day
    FROM span
),
walk AS (  -- running sum of the movements, from zero or from what is carried
    SELECT
        account_id, currency, day,
        coalesce(m.credits, 0) AS credits,
        coalesce(m.debits, 0) AS debits,
        coalesce(m.transaction_count, 0) AS transaction_count,
        n.balance AS anchor_balance,
        coalesce(n.has_conflict, false) AS has_conflict,
        sum(coalesce(m.credits - m.debits, 0)) OVER (
            PARTITION BY account_id, currency ORDER BY day ROWS UNBOUNDED PRECEDING
        ) + coalesce(c.closing, 0) AS running,
        c.timeline_status AS carried_status
    FROM calendar
    LEFT JOIN carried AS c USING (account_id, currency)
    LEFT JOIN movement AS m USING (account_id, currency, day)
    LEFT JOIN anchor AS n USING (account_id, currency, day)
),
level AS (  -- the earliest anchor lifts the whole walk, days before it included
    SELECT account_id, currency, first(anchor_balance - running ORDER BY day) AS lift
    FROM walk
    -- What is carried has its level already.
    WHERE anchor_balance IS NOT NULL AND coalesce(carried_status, 'unanchored') = 'unanchored'
    GROUP BY ALL
),
balance AS (
    SELECT
        w.*,
        w.running + coalesce(l.lift, 0) AS closing,
        w.running + coalesce(l.lift, 0) - w.anchor_balance AS anchor_difference,
        l.lift IS NOT NULL OR coalesce(w.carried_status, 'unanchored') <> 'unanchored'
            AS has_anchor
    FROM walk AS w
    LEFT JOIN level AS l USING (account_id, currency)
),
judged AS (
    SELECT
        b.*,
        CASE
            WHEN NOT b.has_anchor THEN 'unanchored'
            -- Doubt lasts until an anchor agrees again.
            WHEN coalesce(
                last_value(b.anchor_difference IGNORE NULLS) OVER (
                    PARTITION BY b.account_id, b.currency ORDER BY b.day ROWS UNBOUNDED PRECEDING
                ) <> 0,
                b.carried_status = 'failed'
            ) THEN 'failed'
            ELSE 'anchored'
        END AS timeline_status
    FROM balance AS b
)
SELECT
    a.owner,
    b.account_id,
    a.account_name,
    b.currency,
    b.day,
    (b.closing - b.credits + b.debits)::DECIMAL(38,4) AS opening,
    b.credits::DECIMAL(38,4) AS credits,
    b.debits::DECIMAL(38,4) AS debits,
    b.closing::DECIMAL(38,4) AS closing,
    b.transaction_count,
    b.transaction_count > 0 AS has_transactions,
    b.anchor_balance IS NOT NULL AS is_anchor,
    b.anchor_balance::DECIMAL(38,4) AS anchor_balance,
    b.anchor_difference::DECIMAL(38,4) AS anchor_difference,
    b.has_conflict AS has_anchor_conflict,
    b.timeline_status,
    CASE
        WHEN s.state = 'proven' AND b.day <= s.ends_on AND b.timeline_status = 'failed' THEN 'contradicted'
        WHEN b.day <= s.ends_on THEN s.state
    END AS proof
FROM judged AS b
LEFT JOIN ledger.account AS a ON a.account_id = b.account_id
ASOF LEFT JOIN mart_coverage AS s ON s.account_id = b.account_id AND s.starts_on <= b.day
ORDER BY b.account_id, b.currency, b.day
