WITH version AS (
    SELECT
        e.vendor_key, e.version_no, v.owner, e.name AS vendor, v.name AS vendor_now, v.aliases,
        e.website, e.valid_from, e.valid_to
    FROM enriched.vendor_version AS e
    JOIN enriched.vendor AS v USING (vendor_key)
)
SELECT
    v.vendor_key,
    v.version_no,
    v.owner,
    v.vendor,
    v.vendor_now,
    v.aliases,
    v.website,
    v.valid_from,
    v.valid_to,
    v.valid_to IS NULL AS is_current,
    min(f.booked_on) AS first_seen_on,
    max(f.booked_on) AS last_seen_on,
    count(f.transaction_id) AS transaction_count
FROM version AS v
LEFT JOIN fct_transactions AS f
    ON f.vendor_key = v.vendor_key
    AND f.booked_on >= coalesce(v.valid_from, DATE '-infinity')
    AND f.booked_on <= coalesce(v.valid_to, DATE 'infinity')
GROUP BY ALL
ORDER BY v.owner, v.vendor_now, v.version_no
