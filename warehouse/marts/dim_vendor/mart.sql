SELECT
    v.vendor_key,
    v.owner,
    v.name AS vendor,
    v.aliases,
    v.website,
    n.first_seen_on,
    n.last_seen_on,
    coalesce(n.transaction_count, 0) AS transaction_count
FROM enriched.vendor AS v
LEFT JOIN (
    SELECT
        vendor_key, min(booked_on) AS first_seen_on, max(booked_on) AS last_seen_on,
        count(*) AS transaction_count
    FROM fct_transactions
    GROUP BY ALL
) AS n USING (vendor_key)
ORDER BY v.owner, v.name
