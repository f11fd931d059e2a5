-- check: it_adds_up
-- severity: fail
SELECT * FROM mart_net_worth
WHERE net_worth <> assets - card_outstanding
    OR assets <> cash + savings + investment + other

-- check: a_sum_or_a_reason
-- severity: fail
SELECT owner, currency, day FROM mart_net_worth
WHERE (net_worth IS NULL) = (missing_because IS NULL)
    OR (net_worth IS NULL) <> (assets IS NULL OR card_outstanding IS NULL)
    OR net_worth <> known_worth

-- check: changes_lead_from_month_to_month
-- severity: fail
SELECT owner, currency, day FROM mart_net_worth
WINDOW run AS (PARTITION BY owner, currency ORDER BY day)
QUALIFY coalesce(
    change <> net_worth - lag(net_worth) OVER run,
    (change IS NULL) <> (net_worth IS NULL OR lag(net_worth) OVER run IS NULL)
)

-- check: the_last_row_is_complete
-- severity: warn
SELECT owner, currency FROM mart_net_worth
QUALIFY day = max(day) OVER (PARTITION BY owner, currency) AND NOT is_complete
