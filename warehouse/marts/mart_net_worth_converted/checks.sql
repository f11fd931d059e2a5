-- check: a_sum_or_a_reason
-- severity: fail
SELECT owner, day FROM mart_net_worth_converted
WHERE (net_worth IS NULL) = (missing_because IS NULL)

-- check: every_month_end_is_here_once
-- severity: fail
SELECT owner, day FROM (SELECT DISTINCT owner, day FROM mart_net_worth) AS w
FULL JOIN mart_net_worth_converted AS c USING (owner, day)
WHERE c.currency IS NULL OR c.currency_count <> (
    SELECT count(*) FROM mart_net_worth AS n WHERE n.owner = c.owner AND n.day = c.day
)

-- check: one_currency_alone_is_not_changed
-- severity: fail
SELECT owner, day FROM mart_net_worth_converted AS c
JOIN mart_net_worth AS w USING (owner, day, currency)
WHERE c.currency_count = 1 AND coalesce(c.net_worth <> cents_of(w.net_worth), (c.net_worth IS NULL) <> (w.net_worth IS NULL))

-- check: the_last_row_is_known
-- severity: warn
SELECT owner FROM mart_net_worth_converted
QUALIFY day = max(day) OVER (PARTITION BY owner) AND net_worth IS NULL
