WITH bill AS (  -- what moves the debt of a card that states no balance
    SELECT
        f.account_id, f.currency, f.booked_on,
        CASE
            WHEN f.flow_class <> 'card_payment' THEN -f.amount
            -- What the first bill shows as paid belongs to a bill that is not here.
            WHEN b.due_on > min(b.due_on) OVER (PARTITION BY f.account_id) THEN -f.amount
            ELSE 0
        END AS owed
    FROM fct_transactions AS f
    JOIN enriched.bill AS b USING (transaction_id)
    WHERE f.status = 'booked'
),
holding AS (
    SELECT
        a.account_id, a.owner, a.currency, coalesce(h.account_type, 'other') AS account_type,
        coalesce(bool_or(m.timeline_status <> 'unanchored'), false) AS is_anchored,
        min(m.starts_on) AS first_day
    FROM ledger.account AS a
    LEFT JOIN enriched.holding AS h USING (account_id)
    LEFT JOIN fct_monthly_balance AS m USING (account_id, currency)
    GROUP BY a.account_id, a.owner, a.currency, h.account_type
),
month_end AS (
    SELECT
        s.owner, s.currency, m.month::DATE AS month,
        least(last_day(m.month::DATE), s.as_of_on) AS day
    FROM (
        SELECT h.owner, h.currency, min(h.first_day) AS first_day, n.as_of_on
        FROM holding AS h, enriched.night AS n
        WHERE h.first_day <= n.as_of_on
        GROUP BY ALL
    ) AS s,
    unnest(generate_series(date_trunc('month', s.first_day), s.as_of_on, INTERVAL 1 MONTH))
        AS m (month)
),
held AS (
    SELECT
        e.owner, e.currency, e.month, e.day, h.account_id, h.account_type, h.is_anchored
    FROM month_end AS e
    JOIN holding AS h ON h.owner = e.owner AND h.currency = e.currency AND h.first_day <= e.day
),
balance AS (  -- at the end of each month, and today, where statements go beyond it
    SELECT account_id, currency, ends_on AS day, closing
    FROM fct_monthly_balance
    WHERE timeline_status <> 'unanchored'
    UNION ALL
    SELECT d.account_id, d.currency, max(d.day), arg_max(d.closing, d.day)
    FROM fct_daily_balance AS d, enriched.night AS n
    WHERE d.timeline_status <> 'unanchored'
        AND d.day BETWEEN date_trunc('month', n.as_of_on) AND n.as_of_on
    GROUP BY ALL
),
valued AS (
    SELECT
        x.*, b.closing, b.day AS balance_on
    FROM held AS x
    ASOF LEFT JOIN balance AS b
        ON b.account_id = x.account_id AND b.currency = x.currency AND b.day <= x.day
),
debt AS (
    SELECT v.account_id, v.currency, v.day, sum(b.owed) AS owed, max(b.booked_on) AS told_on
    FROM valued AS v
    JOIN bill AS b
        ON b.account_id = v.account_id AND b.currency = v.currency AND b.booked_on <= v.day
    WHERE v.account_type = 'credit' AND NOT v.is_anchored
    GROUP BY ALL
),
committed AS (
    SELECT owner, currency, day, sum(amount * (instalment_count - last_no)) AS amount
    FROM (
        SELECT
            e.owner, e.currency, e.day, p.purchase_id,
            last(-f.amount::DECIMAL(38,4) ORDER BY f.instalment_no, f.booked_on, f.transaction_id) AS amount,
            max(f.instalment_no) AS last_no,
            any_value(f.instalment_count) AS instalment_count
        FROM month_end AS e
        JOIN fct_transactions AS f
            ON f.owner = e.owner AND f.currency = e.currency AND f.booked_on <= e.day
        JOIN enriched.purchase AS p USING (transaction_id)
        GROUP BY ALL
    )
    GROUP BY ALL
),
known AS (  -- what an account holds, or what is owed on a card, as a negative; null: nobody knows
    SELECT
        v.owner, v.currency, v.month, v.day,
        CASE WHEN v.account_type IN ('cash', 'savings', 'investment', 'credit')
            THEN v.account_type ELSE 'other' END AS kind,
        CASE WHEN v.account_type = 'credit' THEN coalesce(v.closing, -d.owed) ELSE v.closing END
            AS worth,
        v.day - coalesce(v.balance_on, d.told_on) AS age
    FROM valued AS v
    LEFT JOIN debt AS d USING (account_id, currency, day)
),
added AS (
    SELECT
        owner, currency, month, day,
        sum_if_known(worth, kind = 'cash') AS cash,
        sum_if_known(worth, kind = 'savings') AS savings,
        sum_if_known(worth, kind = 'investment') AS investment,
        sum_if_known(worth, kind = 'other') AS other,
        -sum_if_known(worth, kind = 'credit') AS card_outstanding,
        sum(worth) AS known_worth,
        count(*) AS account_count,
        count(*) FILTER (WHERE coalesce(age > 35, true)) AS stale_accounts,
        count(*) FILTER (WHERE worth IS NULL) AS unknown_accounts
    FROM known
    GROUP BY ALL
),
worth AS (
    SELECT
        *,
        cash + savings + investment + other AS assets,
        cash + savings + investment + other - card_outstanding AS net_worth
    FROM added
),
before AS (
    SELECT
        *, lag(net_worth) OVER (PARTITION BY owner, currency ORDER BY day) AS previous
    FROM worth
)
SELECT
    w.owner,
    w.month,
    w.day,
    w.currency,
    w.cash::DECIMAL(38,4) AS cash,
    w.savings::DECIMAL(38,4) AS savings,
    w.investment::DECIMAL(38,4) AS investment,
    w.other::DECIMAL(38,4) AS other,
    w.assets::DECIMAL(38,4) AS assets,
    w.card_outstanding::DECIMAL(38,4) AS card_outstanding,
    w.net_worth::DECIMAL(38,4) AS net_worth,
    w.known_worth::DECIMAL(38,4) AS known_worth,
    CASE WHEN w.unknown_accounts > 0 THEN
        w.unknown_accounts || ' of ' || w.account_count || ' accounts: no balance is known by that day'
    END AS missing_because,
    (w.net_worth - w.previous)::DECIMAL(38,4) AS change,
    CASE WHEN w.previous > 0 THEN percent_of(w.net_worth - w.previous, w.previous) END
        AS change_percent,
    coalesce(c.amount, 0)::DECIMAL(38,4) AS committed_instalments,
    w.account_count,
    w.stale_accounts,
    w.unknown_accounts,
    w.stale_accounts = 0 AS is_complete
FROM before AS w
LEFT JOIN committed AS c USING (owner, currency, day)
ORDER BY w.owner, w.currency, w.day
