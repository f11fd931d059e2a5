-- Exact division and due days for the marts. DuckDB divides decimals as floats, and money must never
-- be one.
-- Quotients are rounded half up, away from zero, as people round. Two amounts of 18 digits are added
-- or multiplied in 64 bits, and fail beyond: a mart casts one of them to DECIMAL(38,4) before.

CREATE OR REPLACE TEMP MACRO units_of(amount) AS
    (amount::DECIMAL(38,4) * 10000)::HUGEINT;

CREATE OR REPLACE TEMP MACRO quotient_of(part, whole) AS
    CASE WHEN whole <> 0 THEN
        (sign(part) * sign(whole))::HUGEINT * ((2 * abs(part) + abs(whole)) // (2 * abs(whole)))
    END;

-- Percent of a whole with two decimals; null of nothing, and where it has more than 16 digits.
CREATE OR REPLACE TEMP MACRO percent_of(part, whole) AS
    (TRY_CAST(quotient_of(units_of(part) * 10000, units_of(whole)) AS DECIMAL(16,0))
        * 0.01::DECIMAL(2,2))::DECIMAL(18,2);

-- An amount divided by a count, with four decimals; null of none.
CREATE OR REPLACE TEMP MACRO share_of(amount, number) AS
    (quotient_of(units_of(amount), number::HUGEINT)::DECIMAL(30,0)
        * 0.0001::DECIMAL(4,4))::DECIMAL(34,4);

-- An amount rounded to cents.
CREATE OR REPLACE TEMP MACRO cents_of(amount) AS
    (quotient_of(units_of(amount), 100::HUGEINT)::DECIMAL(32,0) * 0.01::DECIMAL(2,2))::DECIMAL(34,2);

-- So many percent of an amount, in cents. The percentage has at most two decimals.
CREATE OR REPLACE TEMP MACRO part_of(amount, percentage) AS
    (quotient_of(
        units_of(amount) * (percentage::DECIMAL(5,2) * 100)::HUGEINT, 1000000::HUGEINT
    )::DECIMAL(32,0) * 0.01::DECIMAL(2,2))::DECIMAL(34,2);

-- The sum of some rows; null if one of them is unknown, zero of none.
CREATE OR REPLACE TEMP MACRO sum_if_known(amount, is_one) AS
    CASE WHEN coalesce(bool_and(amount IS NOT NULL) FILTER (WHERE is_one), true)
        THEN coalesce(sum(amount) FILTER (WHERE is_one), 0) END;

-- An amount in another currency, in cents: times a rate, or divided by one that is the other way round.
-- Rates have at most 6 digits before the point.
CREATE OR REPLACE TEMP MACRO rate_units_of(rate) AS
    (rate::DECIMAL(38,12) * 1000000000000)::HUGEINT;
CREATE OR REPLACE TEMP MACRO converted_of(amount, rate, is_inverse) AS
    (CASE WHEN is_inverse
        THEN quotient_of(units_of(amount) * 10000000000::HUGEINT, rate_units_of(rate))
        ELSE quotient_of(units_of(amount) * rate_units_of(rate), 100000000000000::HUGEINT)
    END::DECIMAL(32,0) * 0.01::DECIMAL(2,2))::DECIMAL(34,2);

-- Months of a cycle; null for weekly.
CREATE OR REPLACE TEMP MACRO months_of(cycle) AS
    CASE cycle WHEN 'monthly' THEN 1 WHEN 'quarterly' THEN 3 WHEN 'yearly' THEN 12 END;

-- The due day so many cycles after an anchor; counted from the anchor, so that short months cause
-- no drift.
CREATE OR REPLACE TEMP MACRO due_of(anchor_on, cycle, number) AS
    CASE WHEN cycle = 'weekly' THEN anchor_on + (7 * number)::INTEGER
    ELSE (anchor_on + to_months((months_of(cycle) * number)::INTEGER))::DATE END;

-- About so many cycles lie between two days; one more or less.
CREATE OR REPLACE TEMP MACRO cycles_between(first_on, last_on, cycle) AS
    CASE WHEN cycle = 'weekly' THEN (last_on - first_on) // 7
    ELSE date_diff('month', first_on, last_on) // months_of(cycle) END;

-- What one payment a cycle comes to in a year, and in a month with four decimals.
CREATE OR REPLACE TEMP MACRO yearly_of(amount, cycle) AS
    (amount::DECIMAL(38,4) * CASE WHEN cycle = 'weekly' THEN 52 ELSE 12 // months_of(cycle) END)::DECIMAL(38,4);
CREATE OR REPLACE TEMP MACRO monthly_of(amount, cycle) AS share_of(yearly_of(amount, cycle), 12);
