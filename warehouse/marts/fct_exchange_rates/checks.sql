-- check: rates_are_positive
-- severity: fail
SELECT day, currency, quote_currency FROM fct_exchange_rates WHERE rate <= 0

-- check: every_rate_of_the_file_is_here
-- severity: fail
SELECT line_no FROM enriched.exchange_rate ANTI JOIN fct_exchange_rates USING (line_no)

-- check: statements_and_file_agree
-- severity: warn
SELECT s.day, s.currency, s.quote_currency
FROM fct_exchange_rates AS s
JOIN fct_exchange_rates AS f USING (day, currency, quote_currency)
WHERE s.told_by <> 'file' AND f.told_by = 'file'
    AND abs(s.rate - f.rate) * 5 > f.rate
