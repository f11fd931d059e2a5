SELECT
    s.file_sha256,
    f.name AS file_name,
    f.format,
    f.bank,
    a.owner,
    s.account_id,
    a.account_name,
    s.statement_no::INTEGER AS statement_no,
    s.currency,
    s.starts_on,
    s.ends_on,
    s.opening_balance,
    s.opening_on,
    s.credit_sum AS credits,
    -- The ledger keeps the signed sum.
    abs(s.debit_sum) AS debits,
    (s.opening_balance + s.credit_sum - abs(s.debit_sum))::DECIMAL(38,4) AS computed_closing,
    s.closing_balance AS stated_closing,
    s.closing_on,
    s.difference,
    s.chain_breaks::INTEGER AS chain_breaks,
    s.record_count::INTEGER AS record_count,
    s.set_aside_count::INTEGER AS set_aside_count,
    s.proof,
    s.status,
    f.received_at
FROM ledger.statement AS s
LEFT JOIN ledger.file AS f ON f.file_sha256 = s.file_sha256
LEFT JOIN ledger.account AS a ON a.account_id = s.account_id
ORDER BY s.account_id, s.starts_on, s.file_sha256, s.statement_no
