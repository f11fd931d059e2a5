-- check: every_version_is_here
-- severity: fail
SELECT mine.row_count, theirs.row_count
FROM (SELECT count(*) AS row_count FROM fct_transaction_versions) AS mine,
     (SELECT count(*) AS row_count FROM ledger.transaction_version) AS theirs
WHERE mine.row_count <> theirs.row_count

-- check: versions_follow_each_other
-- severity: fail
SELECT transaction_id, known_from
FROM fct_transaction_versions
QUALIFY coalesce(known_to, TIMESTAMPTZ 'infinity') <> coalesce(
    lead(known_from) OVER (PARTITION BY transaction_id ORDER BY known_from), TIMESTAMPTZ 'infinity'
)

-- check: only_what_counts_now_is_a_transaction
-- severity: fail
SELECT v.transaction_id
FROM fct_transaction_versions AS v
LEFT JOIN ledger.transaction AS t ON t.transaction_id = v.transaction_id
WHERE v.known_to IS NULL AND (v.standing = 'counts') <> (t.transaction_id IS NOT NULL)

-- check: money_and_dates_are_filled
-- severity: fail
SELECT transaction_id FROM fct_transaction_versions
WHERE amount IS NULL OR currency IS NULL OR booked_on IS NULL OR status IS NULL OR standing IS NULL

-- check: who_does_not_count_says_why
-- severity: warn
SELECT transaction_id FROM fct_transaction_versions WHERE standing <> 'counts' AND because IS NULL
