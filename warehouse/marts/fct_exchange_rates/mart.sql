WITH converted AS (  -- movements of which both amounts are printed
    SELECT
        transaction_id, booked_on, currency, original_currency,
        abs(amount) AS amount, abs(original_amount) AS original_amount,
        abs(exchange_rate) AS rate
    FROM fct_transactions
    WHERE original_amount <> 0 AND amount <> 0 AND original_currency <> currency
        AND status = 'booked'
),
fitted AS (  -- which way round a printed rate is, its amounts tell, to a cent
    SELECT
        *,
        rate BETWEEN 0.000001 AND 999999 AS is_rate,
        CASE WHEN is_rate
            THEN abs(converted_of(original_amount, rate, false) - amount) <= 0.01 END AS is_direct,
        CASE WHEN is_rate
            THEN abs(converted_of(original_amount, rate, true) - amount) <= 0.01 END AS is_inverse
    FROM converted
),
told AS (
    SELECT
        booked_on AS day,
        CASE WHEN is_inverse AND NOT is_direct THEN currency ELSE original_currency END AS base,
        CASE WHEN is_inverse AND NOT is_direct THEN original_currency ELSE currency END AS quote,
        CASE WHEN is_direct OR is_inverse THEN rate
            ELSE (quotient_of(units_of(amount) * 1000000000000::HUGEINT, units_of(original_amount))
                ::DECIMAL(38,0) * 0.000000000001::DECIMAL(12,12))::DECIMAL(38,12) END AS rate,
        CASE WHEN is_direct OR is_inverse THEN 'printed' ELSE 'two amounts' END AS told_by,
        original_amount, transaction_id
    FROM fitted
),
widest AS (  -- of a day, that of the largest amount: the least of it is rounding
    SELECT * FROM told
    WHERE rate BETWEEN 0.000001 AND 999999
    QUALIFY row_number() OVER (
        PARTITION BY day, base, quote, told_by ORDER BY original_amount DESC, transaction_id
    ) = 1
)
SELECT
    day, currency, quote_currency, 'file' AS told_by, source, rate, line_no,
    NULL::VARCHAR AS transaction_id
FROM enriched.exchange_rate
UNION ALL
SELECT
    day, base, quote, told_by, 'statement', rate::DECIMAL(38,12), NULL::INTEGER, transaction_id
FROM widest
ORDER BY day, currency, quote_currency, told_by, source
