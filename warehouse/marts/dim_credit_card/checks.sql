-- check: every_card_is_there
-- severity: fail
SELECT account_id FROM ledger.account
WHERE account_kind = 'card' AND account_id NOT IN (SELECT account_id FROM dim_credit_card)
    AND account_id NOT IN (
        SELECT account_id FROM enriched.holding WHERE account_type <> 'credit'
    )

-- check: every_bill_is_of_a_card
-- severity: fail
SELECT account_id FROM mart_card_bills
WHERE account_id NOT IN (SELECT account_id FROM dim_credit_card)

-- check: a_limit_is_used_or_left
-- severity: fail
SELECT * FROM dim_credit_card
WHERE available + outstanding <> credit_limit
    OR (available IS NULL) <> (credit_limit IS NULL OR outstanding IS NULL)

-- check: limits_are_kept
-- severity: warn
SELECT account_id FROM dim_credit_card WHERE available < 0
