-- check: its_charges_are_its_movements
-- severity: fail
SELECT m.recurring_key
FROM mart_recurring_candidates AS m
LEFT JOIN (
    SELECT
        c.recurring_key, count(*) AS charge_count, min(-t.amount) AS least_amount,
        max(-t.amount) AS most_amount, min(t.booked_on) AS first_on, max(t.booked_on) AS last_on
    FROM enriched.charge AS c
    JOIN fct_transactions AS t
        ON t.transaction_id = c.transaction_id AND t.status = 'booked'
    GROUP BY ALL
) AS f USING (recurring_key)
WHERE f.recurring_key IS NULL OR m.charge_count <> f.charge_count
    OR m.least_amount <> f.least_amount OR m.most_amount <> f.most_amount
    OR m.first_on <> f.first_on OR m.last_on <> f.last_on

-- check: three_charges_make_a_rhythm
-- severity: fail
SELECT recurring_key FROM mart_recurring_candidates WHERE charge_count < 3 OR next_on <= last_on
