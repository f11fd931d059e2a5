SELECT
    c.category_key,
    c.path AS category,
    c.top_name,
    c.sub_name,
    c.level,
    c.is_active,
    c.display_order,
    coalesce(n.transaction_count, 0) AS transaction_count
FROM enriched.category AS c
LEFT JOIN (
    SELECT category_key, count(*) AS transaction_count FROM fct_transactions GROUP BY ALL
) AS n USING (category_key)
ORDER BY c.display_order
