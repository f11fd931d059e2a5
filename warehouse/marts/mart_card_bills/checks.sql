-- check: a_movement_is_on_one_bill
-- severity: fail
SELECT transaction_id FROM enriched.bill GROUP BY transaction_id HAVING count(*) > 1

-- check: bills_hold_all_their_movements
-- severity: fail
-- Card by card: what the bills say together is the sum of the booked entries that are on one.
SELECT account_id, currency
FROM (
    SELECT
        account_id, currency, sum(payments_printed - computed_total) AS amount,
        sum(transaction_count) AS number
    FROM mart_card_bills
    GROUP BY ALL
) AS m
FULL JOIN (
    SELECT account_id, currency, sum(amount) AS amount, count(*) AS number
    FROM fct_transactions
    WHERE status = 'booked' AND transaction_id IN (SELECT transaction_id FROM enriched.bill)
    GROUP BY ALL
) AS f USING (account_id, currency)
WHERE coalesce(m.amount, 0) <> coalesce(f.amount, 0)
    OR coalesce(m.number, 0) <> coalesce(f.number, 0)

-- check: a_bill_adds_up
-- severity: fail
SELECT * FROM mart_card_bills
WHERE computed_total <> purchases + fees_interest - refunds
    OR open_amount <> total_due - paid_amount OR instalment_part > purchases
    OR least(purchases, refunds, instalment_part) < 0
    OR closes_on < starts_on OR due_on <= closes_on

-- check: what_is_overdue_is_open_and_past
-- severity: fail
SELECT * FROM mart_card_bills
WHERE is_overdue AND (open_amount <= 0 OR days_to_due >= 0 OR status NOT IN (
    'overdue', 'partial', 'unreconciled'
)) OR status = 'overdue' AND NOT is_overdue

-- check: a_payment_counts_once
-- severity: fail
SELECT account_id, currency
FROM mart_card_bills
GROUP BY ALL
HAVING sum(paid_amount) <> sum(payments_printed) - first(payments_printed ORDER BY due_on)

-- check: bills_agree_with_their_issuer
-- severity: warn
SELECT bill_key FROM mart_card_bills WHERE status = 'unreconciled'

-- check: registered_due_days_fit_the_names_of_files
-- severity: warn
SELECT account_id, file_sha256 FROM enriched.named_bill WHERE registered_due_on <> named_due_on

-- check: registered_closing_days_fit_the_names_of_files
-- severity: warn
SELECT account_id, file_sha256 FROM enriched.named_bill
WHERE registered_due_on = named_due_on AND last_due_on <> named_due_on
