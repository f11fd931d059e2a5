-- check: spans_follow_each_other
-- severity: fail
SELECT account_id, starts_on
FROM (
    SELECT
        account_id, starts_on,
        lag(ends_on) OVER (PARTITION BY account_id ORDER BY starts_on) AS before_on
    FROM mart_coverage
)
WHERE starts_on <> before_on + 1

-- check: days_add_up
-- severity: fail
SELECT account_id, starts_on FROM mart_coverage
WHERE days <> ends_on - starts_on + 1 OR days < 1 OR bridged_days NOT BETWEEN 0 AND days

-- check: proven_days_have_no_difference
-- severity: fail
SELECT account_id, starts_on FROM mart_coverage
WHERE (state = 'proven' AND difference IS NOT NULL) OR difference = 0
   OR state NOT IN ('proven', 'unproven', 'missing', 'contradicted')

-- check: every_statement_is_covered
-- severity: fail
SELECT s.account_id FROM ledger.statement AS s
ANTI JOIN mart_coverage AS c
    ON c.account_id = s.account_id AND s.starts_on <= c.ends_on AND s.ends_on >= c.starts_on
WHERE s.status IN ('loaded', 'accepted') AND s.starts_on <= s.ends_on

-- check: no_money_is_missing
-- severity: warn
SELECT account_id, starts_on FROM mart_coverage WHERE state = 'missing' AND difference IS NOT NULL

-- check: nothing_is_contradicted
-- severity: warn
SELECT account_id, starts_on FROM mart_coverage WHERE state = 'contradicted'
