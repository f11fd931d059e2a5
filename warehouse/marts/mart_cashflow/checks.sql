-- check: net_is_income_less_expense
-- severity: fail
SELECT * FROM mart_cashflow WHERE net <> income - expense OR expense <> expense_gross - refunds

-- check: every_booked_amount_is_somewhere
-- severity: fail
-- What all columns say together is the sum of the entries, card payments received aside.
SELECT c.owner
FROM mart_cashflow AS c
JOIN (
    SELECT
        owner, month, currency, sum(amount) AS total,
        coalesce(sum(amount) FILTER (WHERE flow_class = 'card_payment'), 0) AS bills
    FROM fct_transactions
    WHERE status = 'booked'
    GROUP BY ALL
) AS f USING (owner, month, currency)
WHERE c.net - c.investment_net + c.transfers_in - c.transfers_out + f.bills <> f.total

-- check: all_entries_are_counted
-- severity: fail
SELECT 1
WHERE (SELECT coalesce(sum(transaction_count), 0) FROM mart_cashflow)
    <> (SELECT count(*) FROM fct_transactions WHERE status = 'booked')

-- check: nothing_is_negative
-- severity: fail
SELECT * FROM mart_cashflow
WHERE least(income, refunds, expense_gross, investment_out, investment_in, transfers_in,
    transfers_out, card_payments) < 0
