SELECT
    owner,
    account_id,
    account_name,
    date_trunc('month', day)::DATE AS month,
    currency,
    min(day) AS starts_on,
    max(day) AS ends_on,
    arg_min(opening, day) AS opening,
    arg_max(closing, day) AS closing,
    sum(credits)::DECIMAL(38,4) AS credits,
    sum(debits)::DECIMAL(38,4) AS debits,
    sum(transaction_count)::BIGINT AS transaction_count,
    arg_max(timeline_status, day) AS timeline_status
FROM fct_daily_balance
GROUP BY ALL
ORDER BY account_id, currency, month
