SELECT
    t.transfer_id,
    t.owner,
    t.kind,
    t.out_transaction_id,
    t.in_transaction_id,
    t.from_account_id,
    f.account_name AS from_account_name,
    t.to_account_id,
    a.account_name AS to_account_name,
    t.amount,
    t.currency,
    t.out_on,
    t.in_on,
    t.lag_days,
    t.match_status,
    t.score
FROM enriched.transfer AS t
LEFT JOIN ledger.account AS f ON f.account_id = t.from_account_id
LEFT JOIN ledger.account AS a ON a.account_id = t.to_account_id
ORDER BY t.owner, coalesce(t.out_on, t.in_on), t.transfer_id
