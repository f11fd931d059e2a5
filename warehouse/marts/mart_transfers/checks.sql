-- check: a_leg_is_in_one_transfer
-- severity: fail
SELECT leg
FROM (
    SELECT out_transaction_id AS leg FROM mart_transfers
    UNION ALL SELECT in_transaction_id FROM mart_transfers
)
WHERE leg IS NOT NULL
GROUP BY leg
HAVING count(*) > 1

-- check: legs_are_booked_movements_of_that_amount
-- severity: fail
SELECT t.transfer_id
FROM (
    SELECT transfer_id, out_transaction_id AS leg, from_account_id AS account_id,
        -amount AS amount, out_on AS day
    FROM mart_transfers WHERE out_transaction_id IS NOT NULL
    UNION ALL
    SELECT transfer_id, in_transaction_id, to_account_id, amount, in_on
    FROM mart_transfers WHERE in_transaction_id IS NOT NULL
) AS t
LEFT JOIN fct_transactions AS f ON f.transaction_id = t.leg
WHERE f.transaction_id IS NULL OR f.amount <> t.amount OR f.account_id <> t.account_id
    OR f.booked_on <> t.day OR f.status <> 'booked'

-- check: pairs_are_between_two_accounts
-- severity: fail
SELECT transfer_id FROM mart_transfers WHERE from_account_id = to_account_id

-- check: pairs_move_nothing_in_sum
-- severity: fail
SELECT transfer_id FROM fct_transactions WHERE transfer_id IS NOT NULL
GROUP BY transfer_id HAVING sum(amount) <> 0 OR count(*) <> 2
