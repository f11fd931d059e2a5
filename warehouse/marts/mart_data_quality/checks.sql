-- check: what_fails_has_rows
-- severity: fail
SELECT run_id, table_name, check_name FROM mart_data_quality
WHERE layer <> 'files' AND subject = '' AND (status = 'pass') <> (failing_rows = 0)

-- check: a_status_is_pass_or_the_severity
-- severity: fail
SELECT run_id, table_name, check_name FROM mart_data_quality
WHERE status NOT IN ('pass', severity) OR severity NOT IN ('fail', 'warn')
