-- Exact division for the marts: DuckDB divides decimals as floats, and money must never be one.
-- Quotients are rounded half up, away from zero, as people round.

CREATE OR REPLACE TEMP MACRO units_of(amount) AS
    (amount::DECIMAL(38,4) * 10000)::HUGEINT;

CREATE OR REPLACE TEMP MACRO quotient_of(part, whole) AS
    CASE WHEN whole <> 0 THEN
        (sign(part) * sign(whole))::HUGEINT * ((2 * abs(part) + abs(whole)) // (2 * abs(whole)))
    END;

-- Percent of a whole with two decimals; null of nothing.
CREATE OR REPLACE TEMP MACRO percent_of(part, whole) AS
    (quotient_of(units_of(part) * 10000, units_of(whole))::DECIMAL(16,0)
        * 0.01::DECIMAL(2,2))::DECIMAL(18,2);

-- An amount divided by a count, with four decimals; null of none.
CREATE OR REPLACE TEMP MACRO share_of(amount, number) AS
    (quotient_of(units_of(amount), number::HUGEINT)::DECIMAL(30,0)
        * 0.0001::DECIMAL(4,4))::DECIMAL(34,4);

-- An amount rounded to cents.
CREATE OR REPLACE TEMP MACRO cents_of(amount) AS
    (quotient_of(units_of(amount), 100::HUGEINT)::DECIMAL(32,0) * 0.01::DECIMAL(2,2))::DECIMAL(34,2);
