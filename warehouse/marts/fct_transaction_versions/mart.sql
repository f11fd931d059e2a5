SELECT
    v.transaction_id,
    v.known_from,
    v.known_to,
    a.owner,
    v.account_id,
    a.account_name,
    v.booked_on,
    v.amount,
    v.currency,
    v.status,
    v.standing,
    v.because
FROM ledger.transaction_version AS v
LEFT JOIN ledger.account AS a ON a.account_id = v.account_id
ORDER BY v.account_id, v.booked_on, v.transaction_id, v.known_from
