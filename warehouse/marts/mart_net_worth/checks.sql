-- check: it_adds_up
-- severity: fail
SELECT * FROM mart_net_worth
WHERE net_worth <> assets - card_outstanding
    OR assets <> cash + savings + investment + other

-- check: changes_lead_from_month_to_month
-- severity: fail
SELECT owner, currency
FROM mart_net_worth
GROUP BY ALL
HAVING coalesce(sum(change), 0)
    <> last(net_worth ORDER BY day) - first(net_worth ORDER BY day)

-- check: the_last_row_is_complete
-- severity: warn
SELECT owner, currency FROM mart_net_worth
QUALIFY day = max(day) OVER (PARTITION BY owner, currency) AND NOT is_complete
