WITH flow AS (
    SELECT
        owner, month, currency,
        coalesce(sum(amount) FILTER (
            WHERE flow_class = 'income' OR (flow_class = 'fee_interest' AND amount > 0)
        ), 0) AS income,
        coalesce(sum(amount) FILTER (WHERE flow_class = 'refund'), 0) AS refunds,
        -coalesce(sum(amount) FILTER (
            WHERE flow_class = 'expense' OR (flow_class = 'fee_interest' AND amount < 0)
        ), 0) AS expense_gross,
        -coalesce(sum(amount) FILTER (WHERE flow_class = 'investment_out'), 0) AS investment_out,
        coalesce(sum(amount) FILTER (WHERE flow_class = 'investment_in'), 0) AS investment_in,
        coalesce(sum(amount) FILTER (WHERE flow_class = 'transfer_in'), 0) AS transfers_in,
        -coalesce(sum(amount) FILTER (WHERE flow_class = 'transfer_out'), 0) AS transfers_out,
        -coalesce(sum(amount) FILTER (
            WHERE flow_class = 'card_payment' AND amount < 0
        ), 0) AS card_payments,
        coalesce(sum(abs(amount)) FILTER (WHERE movement_type = 'income'), 0) AS income_app,
        coalesce(sum(abs(amount)) FILTER (WHERE movement_type = 'expense'), 0) AS expenses_app,
        coalesce(sum(abs(amount)) FILTER (WHERE movement_type = 'investment'), 0)
            AS investments_app,
        count(*) AS transaction_count
    FROM fct_transactions
    WHERE status = 'booked'
    GROUP BY ALL
),
trust AS (
    SELECT
        owner, month, currency,
        count(*) FILTER (WHERE NOT is_month_covered) AS uncovered_accounts,
        CASE
            WHEN bool_or(proof IN ('failed', 'contradicted')) THEN 'failed'
            WHEN bool_and(proof = 'proven') THEN 'proven'
            ELSE 'unproven'
        END AS proof
    FROM mart_monthly_cashflow
    GROUP BY ALL
)
SELECT
    f.owner,
    f.month,
    f.currency,
    f.income::DECIMAL(38,4) AS income,
    f.refunds::DECIMAL(38,4) AS refunds,
    f.expense_gross::DECIMAL(38,4) AS expense_gross,
    (f.expense_gross - f.refunds)::DECIMAL(38,4) AS expense,
    (f.income - f.expense_gross + f.refunds)::DECIMAL(38,4) AS net,
    percent_of(f.income - f.expense_gross + f.refunds, f.income) AS savings_rate_percent,
    f.investment_out::DECIMAL(38,4) AS investment_out,
    f.investment_in::DECIMAL(38,4) AS investment_in,
    (f.investment_out - f.investment_in)::DECIMAL(38,4) AS investment_net,
    f.transfers_in::DECIMAL(38,4) AS transfers_in,
    f.transfers_out::DECIMAL(38,4) AS transfers_out,
    f.card_payments::DECIMAL(38,4) AS card_payments,
    f.income_app::DECIMAL(38,4) AS income_app,
    f.expenses_app::DECIMAL(38,4) AS expenses_app,
    (f.income_app - f.expenses_app)::DECIMAL(38,4) AS savings_app,
    f.investments_app::DECIMAL(38,4) AS investments_app,
    coalesce(percent_of(f.income_app - f.expenses_app, f.income_app), 0)::DECIMAL(18,2)
        AS savings_rate_app_percent,
    f.transaction_count,
    t.uncovered_accounts,
    t.proof
FROM flow AS f
LEFT JOIN trust AS t USING (owner, month, currency)
ORDER BY f.owner, f.currency, f.month
