WITH span AS (
    SELECT
        least(
            (SELECT min(booked_on) FROM fct_transactions),
            (SELECT min(day) FROM fct_daily_balance),
            as_of_on
        ) AS first_day,
        greatest(
            (SELECT max(booked_on) FROM fct_transactions),
            (SELECT max(day) FROM fct_daily_balance),
            (as_of_on + INTERVAL 90 DAY)::DATE
        ) AS last_day,
        as_of_on
    FROM enriched.night
),
calendar AS (
    SELECT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day, as_of_on
    FROM span
)
SELECT
    day,
    date_trunc('month', day)::DATE AS month,
    monthname(day) || ' ' || year(day) AS month_name,
    year(day)::INTEGER AS year,
    quarter(day)::INTEGER AS quarter,
    weekofyear(day)::INTEGER AS iso_week,
    isodow(day)::INTEGER AS weekday,
    dayname(day) AS weekday_name,
    isodow(day) >= 6 AS is_weekend,
    day = last_day(day) AS is_month_end,
    day <= as_of_on AS is_past
FROM calendar
ORDER BY day
