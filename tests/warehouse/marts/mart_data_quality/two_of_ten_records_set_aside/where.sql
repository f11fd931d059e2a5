run_id <> 'run1'
