SELECT
    b.owner,
    b.month,
    b.currency,
    coalesce(h.account_type, 'other') AS account_type,
    sum(b.ended_with)::DECIMAL(38,4) AS balance,
    count(*) AS account_count,
    count(*) FILTER (WHERE b.ended_with IS NULL) AS unknown_count,
    count(*) FILTER (WHERE NOT b.is_month_covered) AS uncovered_count
FROM mart_monthly_balance AS b
LEFT JOIN enriched.holding AS h USING (account_id)
GROUP BY ALL
ORDER BY 1, 3, 2, 4
