SELECT
    t.transaction_id,
    a.owner,
    t.account_id,
    a.account_name,
    a.institution,
    a.account_kind,
    t.booked_on,
    t.valued_on,
    date_trunc('month', t.booked_on)::DATE AS month,
    t.amount,
    t.currency,
    CASE WHEN t.amount > 0 THEN 'credit' WHEN t.amount < 0 THEN 'debit' ELSE 'none' END AS direction,
    t.description,
    t.counterparty,
    n.counterparty_kind,
    n.counterparty_name,
    n.vendor_key,
    v.name AS vendor,
    n.movement_type,
    n.flow_class,
    n.flow_because,
    n.transfer_id,
    n.category_key,
    c.path AS category,
    c.top_name AS category_top,
    n.category_source,
    n.category_because,
    n.category_score,
    n.category_runner_up,
    n.instalment_no,
    n.instalment_count,
    t.kind_code,
    t.bank_ref,
    t.status,
    t.balance_after,
    t.original_amount,
    t.original_currency,
    t.occurrence::INTEGER AS occurrence,
    t.amount = 0 AS is_zero_amount,
    t.file_sha256,
    f.name AS file_name,
    t.statement_no::INTEGER AS statement_no,
    t.record_no::INTEGER AS record_no,
    t.place
FROM ledger.transaction AS t
-- Left joins: an orphan must stay visible, so that a check finds it.
LEFT JOIN ledger.account AS a ON a.account_id = t.account_id
LEFT JOIN ledger.file AS f ON f.file_sha256 = t.file_sha256
LEFT JOIN enriched.transaction AS n ON n.transaction_id = t.transaction_id
LEFT JOIN enriched.vendor AS v ON v.vendor_key = n.vendor_key
LEFT JOIN enriched.category AS c ON c.category_key = n.category_key
ORDER BY t.account_id, t.booked_on, t.transaction_id
