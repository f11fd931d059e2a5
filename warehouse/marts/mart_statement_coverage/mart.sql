WITH period AS (  -- a proven statement without entries is of the day of its closing balance
    SELECT
        s.account_id, s.currency, s.file_sha256,
        CASE WHEN s.proof = 'proven' THEN coalesce(s.starts_on, s.closing_on) ELSE s.starts_on END
            AS starts_on,
        CASE WHEN s.proof = 'proven' THEN coalesce(s.ends_on, s.closing_on) ELSE s.ends_on END
            AS ends_on,
        s.opening_balance, s.opening_on, s.stated_closing AS closing_balance, s.closing_on,
        s.received_at
    FROM mart_reconciliation AS s
    WHERE s.status IN ('loaded', 'accepted')
),
kept AS (
    SELECT * FROM period WHERE starts_on <= ends_on
),
month AS (  -- every month from the first to the last covered one
    SELECT
        account_id,
        unnest(generate_series(
            date_trunc('month', min(starts_on)), date_trunc('month', max(ends_on)), INTERVAL 1 MONTH
        ))::DATE AS month
    FROM kept
    GROUP BY account_id
),
covered AS (  -- how many statements of one currency cover a day
    SELECT account_id, day, max(statements) AS statements
    FROM (
        SELECT account_id, currency, day, count(*) AS statements
        FROM (
            SELECT
                account_id, currency,
                unnest(generate_series(starts_on, ends_on, INTERVAL 1 DAY))::DATE AS day
            FROM kept
        )
        GROUP BY ALL
    )
    GROUP BY ALL
),
calendar AS (
    SELECT
        d.account_id, d.month, d.day,
        coalesce(c.statements, 0) AS statements,
        coalesce(s.state = 'proven' AND d.day <= s.ends_on, false) AS is_proven
    FROM (
        SELECT
            account_id, month,
            unnest(generate_series(month, last_day(month), INTERVAL 1 DAY))::DATE AS day
        FROM month
    ) AS d
    LEFT JOIN covered AS c ON c.account_id = d.account_id AND c.day = d.day
    ASOF LEFT JOIN mart_coverage AS s
        ON s.account_id = d.account_id AND s.starts_on <= d.day
),
days AS (
    SELECT
        account_id, month,
        count(*) AS day_count,
        count(*) FILTER (WHERE statements > 0) AS covered_days,
        count(*) FILTER (WHERE statements = 0 AND is_proven) AS bridged_days,
        count(*) FILTER (WHERE statements = 0 AND NOT is_proven) AS missing_days,
        count(*) FILTER (WHERE is_proven) AS proven_days,
        count(*) FILTER (WHERE statements > 1) AS overlap_days
    FROM calendar
    GROUP BY ALL
),
gap AS (  -- days that follow each other keep their distance from their row number
    SELECT account_id, month, min(day) AS starts_on, max(day) AS ends_on
    FROM (
        SELECT
            account_id, month, day,
            day - row_number() OVER (PARTITION BY account_id, month ORDER BY day)::INTEGER AS island
        FROM calendar
        WHERE statements = 0 AND NOT is_proven
    )
    GROUP BY account_id, month, island
),
first_gap AS (
    SELECT account_id, month, min(starts_on) AS starts_on, min(ends_on) AS ends_on
    FROM gap
    GROUP BY ALL
),
received AS (
    SELECT
        account_id, month,
        count(DISTINCT file_sha256) AS files,
        count(*) AS statements,
        max(received_at) AS last_received_at,
        coalesce(bool_or(ends_on >= last_day(month) AND received_at::DATE <= due_on), false) AS is_on_time
    FROM (
        SELECT *, (month + INTERVAL 1 MONTH + INTERVAL 4 DAY)::DATE AS due_on
        FROM (
            SELECT
                *,
                unnest(generate_series(
                    date_trunc('month', starts_on), date_trunc('month', ends_on), INTERVAL 1 MONTH
                ))::DATE AS month
            FROM kept
        )
    )
    GROUP BY ALL
),
opening AS (
    SELECT
        account_id, currency, opening_on,
        min(opening_balance) AS lowest, max(opening_balance) AS highest
    FROM kept
    WHERE opening_balance IS NOT NULL
    GROUP BY ALL
),
link AS (  -- each closing balance and the nearest opening balance at or after it
    SELECT
        k.account_id, k.currency, k.closing_on, k.closing_balance,
        o.opening_on, o.lowest, o.highest
    FROM kept AS k
    ASOF JOIN opening AS o
        ON k.account_id = o.account_id AND k.currency = o.currency AND k.closing_on <= o.opening_on
    WHERE k.closing_balance IS NOT NULL
),
chain AS (
    SELECT
        l.account_id, date_trunc('month', l.closing_on)::DATE AS month,
        -- What was booked between the two days is carried over; usually they are one day.
        bool_and(
            l.lowest = l.highest
            AND l.lowest - l.closing_balance = next_day.closing - this_day.closing
        ) AS closing_matches_next_opening
    FROM link AS l
    JOIN fct_daily_balance AS this_day
        ON this_day.account_id = l.account_id AND this_day.currency = l.currency
        AND this_day.day = l.closing_on
    JOIN fct_daily_balance AS next_day
        ON next_day.account_id = l.account_id AND next_day.currency = l.currency
        AND next_day.day = l.opening_on
    GROUP BY ALL
),
newest AS (
    SELECT received_at::DATE AS received_on FROM ledger.arrival
)
SELECT
    a.owner,
    d.account_id,
    a.account_name,
    d.month,
    coalesce(r.files, 0) AS files,
    coalesce(r.statements, 0) AS statements,
    d.covered_days,
    d.bridged_days,
    d.missing_days,
    g.starts_on AS first_gap_starts_on,
    g.ends_on AS first_gap_ends_on,
    d.overlap_days,
    d.proven_days,
    -- Half up, in whole hundredths: a quotient of decimals would be a float.
    (((20000 * (d.covered_days + d.bridged_days) + d.day_count) // (2 * d.day_count))::DECIMAL(7,0)
        * 0.01::DECIMAL(3,2))::DECIMAL(5,2) AS coverage_percent,
    c.closing_matches_next_opening,
    r.last_received_at,
    coalesce(r.is_on_time, false) AS is_on_time,
    NOT coalesce(r.is_on_time, false)
        AND coalesce(n.received_on > (d.month + INTERVAL 1 MONTH + INTERVAL 4 DAY)::DATE, false)
        AS is_late
FROM days AS d
CROSS JOIN newest AS n
LEFT JOIN ledger.account AS a ON a.account_id = d.account_id
LEFT JOIN received AS r ON r.account_id = d.account_id AND r.month = d.month
LEFT JOIN first_gap AS g ON g.account_id = d.account_id AND g.month = d.month
LEFT JOIN chain AS c ON c.account_id = d.account_id AND c.month = d.month
ORDER BY d.account_id, d.month
