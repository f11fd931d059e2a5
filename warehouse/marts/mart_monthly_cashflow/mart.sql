WITH movement AS (
    SELECT
        account_id, currency, month,
        sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS credits,
        sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS debits,
        sum(amount) AS net,
        count(*) AS transaction_count,
        count(*) FILTER (WHERE amount > 0) AS credit_count,
        count(*) FILTER (WHERE amount < 0) AS debit_count
    FROM fct_transactions
    WHERE status = 'booked'
    GROUP BY ALL
),
vouched AS (  -- what the statements of a month prove
    SELECT
        account_id, currency, month,
        CASE
            WHEN bool_or(proof = 'failed') THEN 'failed'
            WHEN bool_and(proof = 'proven') THEN 'proven'
            ELSE 'unproven'
        END AS proof
    FROM (
        SELECT
            account_id, currency, proof,
            unnest(generate_series(
                date_trunc('month', starts_on), date_trunc('month', ends_on), INTERVAL 1 MONTH
            ))::DATE AS month
        FROM ledger.statement
        WHERE status IN ('loaded', 'accepted') AND starts_on <= ends_on
    )
    GROUP BY ALL
)
SELECT
    a.owner,
    account_id,
    a.account_name,
    month,
    currency,
    coalesce(m.credits, 0)::DECIMAL(38,4) AS credits,
    coalesce(m.debits, 0)::DECIMAL(38,4) AS debits,
    coalesce(m.net, 0)::DECIMAL(38,4) AS net,
    coalesce(m.transaction_count, 0) AS transaction_count,
    coalesce(m.credit_count, 0) AS credit_count,
    coalesce(m.debit_count, 0) AS debit_count,
    coalesce(c.missing_days = 0, false) AS is_month_covered,
    coalesce(c.proven_days = day(last_day(month)), false) AS is_month_proven,
    coalesce(v.proof, 'unproven') AS proof
FROM movement AS m
FULL JOIN vouched AS v USING (account_id, currency, month)
LEFT JOIN ledger.account AS a USING (account_id)
LEFT JOIN mart_statement_coverage AS c USING (account_id, month)
ORDER BY account_id, currency, month
