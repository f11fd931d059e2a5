WITH part AS (
    SELECT
        w.owner, w.month, w.day, w.currency, w.net_worth, w.is_complete,
        n.base_currency, n.rate_days
    FROM mart_net_worth AS w, enriched.night AS n
),
rated AS (  -- the latest rate wins; then the file, then what is printed, then the way round
    SELECT
        p.owner, p.day, p.currency, r.rate, r.told_by, r.source, r.day AS rate_on,
        r.currency = p.base_currency AS is_inverse
    FROM part AS p
    JOIN fct_exchange_rates AS r
        ON r.day <= p.day AND r.day >= p.day - p.rate_days
        AND (
            (r.currency = p.currency AND r.quote_currency = p.base_currency)
            OR (r.currency = p.base_currency AND r.quote_currency = p.currency)
        )
    QUALIFY row_number() OVER (
        PARTITION BY p.owner, p.day, p.currency
        ORDER BY r.day DESC, r.told_by = 'file' DESC, r.told_by, r.currency = p.currency DESC,
            r.source
    ) = 1
),
valued AS (
    SELECT
        p.*, r.rate, r.told_by, r.source, r.rate_on,
        CASE
            WHEN p.currency = p.base_currency THEN cents_of(p.net_worth)
            ELSE converted_of(p.net_worth, r.rate, r.is_inverse)
        END AS converted,
        CASE
            WHEN p.net_worth IS NULL THEN p.currency || ': not every balance is known'
            WHEN p.currency <> p.base_currency AND r.rate IS NULL
                THEN p.currency || ': no rate of the last ' || p.rate_days || ' days'
        END AS missing,
        CASE WHEN r.rate IS NOT NULL AND p.currency <> p.base_currency THEN
            CASE WHEN r.is_inverse
                THEN p.base_currency || ' in ' || p.currency ELSE p.currency || ' in ' || p.base_currency
            END || ' ' || rtrim(rtrim(r.rate::VARCHAR, '0'), '.') || ', ' || r.source
            || CASE r.told_by WHEN 'file' THEN '' ELSE ' (' || r.told_by || ')' END || ', '
            || CASE WHEN r.rate_on = p.day THEN 'of the day'
                ELSE 'of ' || r.rate_on || ', ' || (p.day - r.rate_on) || ' days before' END
        END AS told
    FROM part AS p
    LEFT JOIN rated AS r USING (owner, day, currency)
)
SELECT
    owner,
    month,
    day,
    base_currency AS currency,
    CASE WHEN count(missing) = 0 THEN sum(converted) END::DECIMAL(38,4) AS net_worth,
    string_agg(missing, '; ' ORDER BY currency) AS missing_because,
    string_agg(told, '; ' ORDER BY currency) AS rates,
    min(rate_on) FILTER (WHERE told IS NOT NULL) AS oldest_rate_on,
    count(*) AS currency_count,
    bool_and(is_complete) AS is_complete
FROM valued
GROUP BY owner, month, day, base_currency
ORDER BY owner, day
