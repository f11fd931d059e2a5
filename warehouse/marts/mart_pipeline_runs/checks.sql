-- check: every_run_is_here
-- severity: fail
SELECT run_id FROM ledger.run ANTI JOIN mart_pipeline_runs USING (run_id)

-- check: receipts_conserve
-- severity: fail
SELECT run_id FROM mart_pipeline_runs
WHERE read <> inserted + already_known + superseded + set_aside + markers

-- check: runs_end_after_they_start
-- severity: warn
SELECT run_id FROM mart_pipeline_runs WHERE duration_seconds < 0
