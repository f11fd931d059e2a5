SELECT
    run_id,
    kind,
    status,
    started_at,
    finished_at,
    ((epoch_us(finished_at) - epoch_us(started_at))::DECIMAL(24,0)
        * 0.000001::DECIMAL(7,6))::DECIMAL(18,3) AS duration_seconds,
    code_version,
    files_seen,
    files_loaded,
    files_known,
    files_refused,
    read,
    inserted,
    already_known,
    superseded,
    set_aside,
    markers
FROM ledger.run
ORDER BY started_at, run_id
