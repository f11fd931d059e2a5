SELECT
    a.owner,
    c.account_id,
    a.account_name,
    a.currency,
    c.starts_on,
    c.ends_on,
    c.state,
    c.because,
    c.difference::DECIMAL(38,4) AS difference,
    c.day_count AS days,
    c.bridged_day_count AS bridged_days,
    c.statement_count AS statements,
    c.before_file_sha256,
    c.before_statement_no::BIGINT AS before_statement_no,
    c.after_file_sha256,
    c.after_statement_no::BIGINT AS after_statement_no
FROM ledger.coverage AS c
LEFT JOIN ledger.account AS a USING (account_id)
ORDER BY c.account_id, c.starts_on
