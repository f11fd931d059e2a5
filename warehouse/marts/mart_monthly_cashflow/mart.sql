WITH movement AS (
    SELECT
        account_id, currency, month,
        sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS credits,
        sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS debits,
        sum(amount) AS net,
        coalesce(sum(amount) FILTER (
            WHERE flow_class = 'income' OR (flow_class = 'fee_interest' AND amount > 0)
        ), 0) AS income,
        -coalesce(sum(amount) FILTER (
            WHERE flow_class IN ('expense', 'refund') OR (flow_class = 'fee_interest' AND amount < 0)
        ), 0) AS expense,
        coalesce(sum(abs(amount)) FILTER (WHERE movement_type = 'income'), 0) AS income_app,
        coalesce(sum(abs(amount)) FILTER (WHERE movement_type = 'expense'), 0) AS expenses_app,
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
        FROM mart_reconciliation
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
    coalesce(m.income, 0)::DECIMAL(38,4) AS income,
    coalesce(m.expense, 0)::DECIMAL(38,4) AS expense,
    percent_of(m.income - m.expense, m.income) AS savings_rate_percent,
    coalesce(m.income_app, 0)::DECIMAL(38,4) AS income_app,
    coalesce(m.expenses_app, 0)::DECIMAL(38,4) AS expenses_app,
    coalesce(m.income_app - m.expenses_app, 0)::DECIMAL(38,4) AS savings_app,
    coalesce(percent_of(m.income_app - m.expenses_app, m.income_app), 0)::DECIMAL(18,2)
        AS savings_rate_app_percent,
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
