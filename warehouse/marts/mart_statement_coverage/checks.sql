-- check: days_add_up
-- severity: fail
SELECT account_id, month FROM mart_statement_coverage
WHERE covered_days + bridged_days + missing_days <> day(last_day(month))
   OR overlap_days > covered_days OR proven_days > covered_days + bridged_days

-- check: percent_is_between_0_and_100
-- severity: fail
SELECT account_id, month FROM mart_statement_coverage
WHERE coverage_percent NOT BETWEEN 0 AND 100
   OR (coverage_percent = 100) <> (missing_days = 0)

-- check: gap_is_told_when_days_are_missing
-- severity: fail
SELECT account_id, month FROM mart_statement_coverage
WHERE (missing_days > 0) <> (first_gap_starts_on IS NOT NULL)
   OR first_gap_ends_on < first_gap_starts_on
   OR first_gap_ends_on - first_gap_starts_on + 1 > missing_days

-- check: no_month_is_missing
-- severity: fail
SELECT account_id FROM mart_statement_coverage
GROUP BY account_id
HAVING date_diff('month', min(month), max(month)) + 1 <> count(*)

-- check: every_covered_account_is_here
-- severity: fail
SELECT account_id FROM mart_reconciliation
ANTI JOIN mart_statement_coverage USING (account_id)
WHERE status IN ('loaded', 'accepted') AND starts_on <= ends_on

-- check: statements_chain
-- severity: warn
SELECT account_id, month FROM mart_statement_coverage WHERE NOT closing_matches_next_opening
