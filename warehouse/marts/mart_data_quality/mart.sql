WITH spending AS (  -- of the last month in which a currency was spent
    SELECT currency, month, category_source, -amount AS net
    FROM fct_transactions
    JOIN (
        SELECT currency, max(month) AS month FROM mart_category_spend
        WHERE purchase_count + refund_count > 0 GROUP BY ALL
    ) USING (currency, month)
    WHERE status = 'booked' AND (
        flow_class IN ('expense', 'refund') OR (flow_class = 'fee_interest' AND amount < 0)
    )
),
unsorted AS (
    SELECT
        currency, month,
        sum(net) AS net,
        coalesce(sum(net) FILTER (WHERE category_source = 'nobody'), 0) AS nobodys,
        count(*) FILTER (WHERE category_source = 'nobody') AS failing_rows,
        CASE WHEN sum(net) > 0 THEN percent_of(nobodys, sum(net)) END AS percent
    FROM spending
    GROUP BY ALL
),
told AS (
    SELECT
        run_id, checked_at, layer, table_name, check_name, subject, severity, status, observed,
        expected, failing_rows, sample_keys
    FROM ledger.check_result
    UNION ALL
    SELECT
        run_id, checked_at, 'marts', table_name, check_name, '', severity, status, observed,
        'no row', failing_rows, sample_keys
    FROM ledger.mart_check
    UNION ALL
    SELECT
        m.run_id, m.checked_at, 'marts', 'fct_transactions', 'spending_has_a_category',
        u.currency || ' ' || strftime(u.month, '%Y-%m'), 'warn',
        CASE WHEN u.percent > 5 THEN 'warn' ELSE 'pass' END,
        coalesce(u.percent || ' % of the spending', 'nothing was spent'),
        'at most 5.00 % without a category', u.failing_rows, NULL
    FROM unsorted AS u,
        (SELECT DISTINCT run_id, checked_at FROM ledger.mart_check) AS m
),
set_aside AS (
    SELECT
        r.run_id, t.checked_at, 'files' AS layer, 'file_receipt' AS table_name,
        'records_set_aside' AS check_name, '' AS subject, 'warn' AS severity,
        CASE WHEN percent_of(r.set_aside, r.read) > 5 THEN 'warn' ELSE 'pass' END AS status,
        r.set_aside || ' of ' || r.read || ' records, ' || percent_of(r.set_aside, r.read) || ' %'
            AS observed,
        'at most 5.00 %' AS expected, r.set_aside AS failing_rows, NULL AS sample_keys
    FROM ledger.run AS r
    JOIN (SELECT run_id, min(checked_at) AS checked_at FROM told GROUP BY run_id) AS t USING (run_id)
    WHERE r.read > 0
)
SELECT * FROM told
UNION ALL
SELECT * FROM set_aside
ORDER BY checked_at, run_id, layer, table_name, check_name, subject
