WITH movement AS (
    SELECT
        account_id, min(booked_on) AS first_booked_on, max(booked_on) AS last_booked_on,
        count(*) AS transaction_count
    FROM fct_transactions
    WHERE status = 'booked'
    GROUP BY account_id
)
SELECT
    a.owner,
    a.institution,
    count(*) FILTER (WHERE c.account_id IS NULL) AS account_count,
    count(c.account_id) AS card_count,
    count(DISTINCT a.currency) AS currency_count,
    min(m.first_booked_on) AS first_booked_on,
    max(m.last_booked_on) AS last_booked_on,
    coalesce(sum(m.transaction_count), 0)::BIGINT AS transaction_count
FROM ledger.account AS a
LEFT JOIN dim_credit_card AS c ON c.account_id = a.account_id
LEFT JOIN movement AS m ON m.account_id = a.account_id
GROUP BY a.owner, a.institution
ORDER BY a.owner, a.institution
