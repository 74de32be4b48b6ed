-- Quotes as printed, and the numbers that exact arithmetic on them needs.
--
-- Integers, not decimals: DECIMAL / DECIMAL is a double in DuckDB. One unit is half of 10^-9 of the counter currency, so
-- that half a tick of any rate that the store holds is a whole number of units.

CREATE OR REPLACE MACRO pow10(n) AS
    list_extract([1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000]::BIGINT[], n + 1);
COMMENT ON MACRO pow10 IS '10 to the power of n as an exact integer, n from 0 to 9';

-- In steps of at most 64 bits: wider arithmetic takes ten times as long.
CREATE OR REPLACE MACRO units(rate) AS trunc(rate::DECIMAL(18, 9))::BIGINT * 2000000000 + (
    ((rate::DECIMAL(18, 9) - trunc(rate::DECIMAL(18, 9)))::DECIMAL(9, 9) * 100000::DECIMAL(6, 0))::DECIMAL(9, 4)
    * 20000::DECIMAL(5, 0)
)::BIGINT;
COMMENT ON MACRO units IS 'A rate in units of half 10^-9';

CREATE OR REPLACE MACRO half_tick(decimals) AS pow10(9 - decimals);
COMMENT ON MACRO half_tick IS 'Half a unit of the last of so many decimals, in units of half 10^-9';

CREATE OR REPLACE MACRO div_floor(a, b) AS a // b - CASE WHEN a % b < 0 THEN 1 ELSE 0 END;
COMMENT ON MACRO div_floor IS 'Integer quotient rounded down, b > 0';

CREATE OR REPLACE MACRO div_ceil(a, b) AS a // b + CASE WHEN a % b > 0 THEN 1 ELSE 0 END;
COMMENT ON MACRO div_ceil IS 'Integer quotient rounded up, b > 0';

CREATE OR REPLACE MACRO div_round(a, b) AS sign(a) * ((2 * abs(a) + b) // (2 * b));
COMMENT ON MACRO div_round IS 'Integer quotient rounded to nearest, halves away from zero, b > 0';

CREATE OR REPLACE MACRO pct_of_millionths(n) AS
    TRY_CAST(TRY_CAST(n AS DECIMAL(27, 0)) * 0.000001::DECIMAL(7, 6) AS DECIMAL(18, 6));
COMMENT ON MACRO pct_of_millionths IS 'n millionths of a percent as a percentage, null if out of range';

-- 128 bits only where 64 do not hold every step
CREATE OR REPLACE MACRO pct_round(change, base) AS pct_of_millionths(
    CASE WHEN change BETWEEN -30000000000 AND 30000000000 THEN div_round(change * 100000000, base)
    ELSE div_round(change::HUGEINT * 100000000, base) END
);
COMMENT ON MACRO pct_round IS 'A change as a percentage of a base, both whole numbers, base > 0, rounded to 6 decimals';

CREATE OR REPLACE MACRO pct_floor(change, base) AS pct_of_millionths(
    CASE WHEN change BETWEEN -30000000000 AND 30000000000 THEN div_floor(change * 100000000, base)
    ELSE div_floor(change::HUGEINT * 100000000, base) END
);
COMMENT ON MACRO pct_floor IS 'A change as a percentage of a base, both whole numbers, base > 0, rounded down to 6 decimals';

CREATE OR REPLACE MACRO pct_ceil(change, base) AS pct_of_millionths(
    CASE WHEN change BETWEEN -30000000000 AND 30000000000 THEN div_ceil(change * 100000000, base)
    ELSE div_ceil(change::HUGEINT * 100000000, base) END
);
COMMENT ON MACRO pct_ceil IS 'A change as a percentage of a base, both whole numbers, base > 0, rounded up to 6 decimals';

CREATE OR REPLACE MACRO rate_of_nanos(n) AS
    TRY_CAST(TRY_CAST(n AS DECIMAL(27, 0)) * 0.000000001::DECIMAL(10, 9) AS DECIMAL(18, 9));
COMMENT ON MACRO rate_of_nanos IS 'n billionths as a rate, null if out of range';

-- Cuts only zeros beyond the printed digits. It tries the decimals one after the other: cutting zeros off a text takes ten
-- times as long.
CREATE OR REPLACE MACRO as_printed(rate, decimals) AS CASE
    WHEN coalesce(decimals, 0) <= 0 AND rate::DECIMAL(18, 9) % 1::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 0)::VARCHAR
    WHEN coalesce(decimals, 0) <= 1 AND rate::DECIMAL(18, 9) % 0.1::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 1)::VARCHAR
    WHEN coalesce(decimals, 0) <= 2 AND rate::DECIMAL(18, 9) % 0.01::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 2)::VARCHAR
    WHEN coalesce(decimals, 0) <= 3 AND rate::DECIMAL(18, 9) % 0.001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 3)::VARCHAR
    WHEN coalesce(decimals, 0) <= 4 AND rate::DECIMAL(18, 9) % 0.0001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 4)::VARCHAR
    WHEN coalesce(decimals, 0) <= 5 AND rate::DECIMAL(18, 9) % 0.00001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 5)::VARCHAR
    WHEN coalesce(decimals, 0) <= 6 AND rate::DECIMAL(18, 9) % 0.000001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 6)::VARCHAR
    WHEN coalesce(decimals, 0) <= 7 AND rate::DECIMAL(18, 9) % 0.0000001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 7)::VARCHAR
    WHEN coalesce(decimals, 0) <= 8 AND rate::DECIMAL(18, 9) % 0.00000001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 8)::VARCHAR
    ELSE rate::DECIMAL(18, 9)::VARCHAR
END;
COMMENT ON MACRO as_printed IS 'A rate, or a difference of rates, as text with the digits that the source prints';

CREATE OR REPLACE VIEW quotes AS
SELECT
    q.snapshot_id, s.source, s.page_date, q.pair,
    split_part(q.pair, '/', 1) AS base,
    split_part(q.pair, '/', 2) AS counter,
    q.rate, q.rate_decimals,
    as_printed(q.rate, q.rate_decimals) AS rate_text,
    q.reported_text, q.reported_pct, q.reported_change, q.reported_decimals, q.reported_sign,
    c.captures
FROM snapshot_quotes q
JOIN snapshots s USING (snapshot_id)
LEFT JOIN (SELECT snapshot_id, count(*) AS captures FROM captures GROUP BY snapshot_id) c USING (snapshot_id);
COMMENT ON VIEW quotes IS 'One row per snapshot and pair: the evidence, as printed';
COMMENT ON COLUMN quotes.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN quotes.source IS 'Name of the source';
COMMENT ON COLUMN quotes.page_date IS 'Page date, null if unknown';
COMMENT ON COLUMN quotes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN quotes.base IS 'Currency whose price it is';
COMMENT ON COLUMN quotes.counter IS 'Currency that the price is in';
COMMENT ON COLUMN quotes.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN quotes.rate_decimals IS 'Printed digits after the decimal point; the rate is known to half a unit of the last';
COMMENT ON COLUMN quotes.rate_text IS 'The rate with exactly its printed digits';
COMMENT ON COLUMN quotes.reported_text IS 'The reported change as printed: a percentage ends in %, an absolute change does not; null if none';
COMMENT ON COLUMN quotes.reported_pct IS 'The reported change in percent, null where an absolute change or nothing is reported';
COMMENT ON COLUMN quotes.reported_change IS 'The reported change in COUNTER per BASE, null where a percentage or nothing is reported';
COMMENT ON COLUMN quotes.reported_decimals IS 'Printed digits after the decimal point of the report';
COMMENT ON COLUMN quotes.reported_sign IS '-1 fell (also -0%), 1 rose, 0 for a zero without a sign';
COMMENT ON COLUMN quotes.captures IS 'How many captures show this snapshot';

CREATE OR REPLACE VIEW dated_quotes AS
SELECT
    s.source, s.page_date, q.pair, q.snapshot_id, q.rate, q.rate_decimals,
    q.reported_text, q.reported_pct, q.reported_change, q.reported_decimals, q.reported_sign,
    units(q.rate) AS units,
    units(q.rate) - half_tick(q.rate_decimals) AS low,
    units(q.rate) + half_tick(q.rate_decimals) AS high
FROM snapshot_quotes q
JOIN snapshots s USING (snapshot_id)
WHERE s.page_date IS NOT NULL;
COMMENT ON VIEW dated_quotes IS 'A step towards deltas: quotes with a page date, and the range of true rates that print as them';
COMMENT ON COLUMN dated_quotes.source IS 'Name of the source';
COMMENT ON COLUMN dated_quotes.page_date IS 'Page date';
COMMENT ON COLUMN dated_quotes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN dated_quotes.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN dated_quotes.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN dated_quotes.rate_decimals IS 'Printed digits after the decimal point';
COMMENT ON COLUMN dated_quotes.reported_text IS 'The reported change as printed';
COMMENT ON COLUMN dated_quotes.reported_pct IS 'The reported change in percent, null where an absolute change or nothing is reported';
COMMENT ON COLUMN dated_quotes.reported_change IS 'The reported change in COUNTER per BASE, null where a percentage or nothing is reported';
COMMENT ON COLUMN dated_quotes.reported_decimals IS 'Printed digits after the decimal point of the report';
COMMENT ON COLUMN dated_quotes.reported_sign IS '-1 fell (also -0%), 1 rose, 0 for a zero without a sign';
COMMENT ON COLUMN dated_quotes.units IS 'The rate in units of half 10^-9';
COMMENT ON COLUMN dated_quotes.low IS 'The rate less half a tick, in units of half 10^-9';
COMMENT ON COLUMN dated_quotes.high IS 'The rate plus half a tick, in units of half 10^-9';

CREATE OR REPLACE VIEW printed_quotes AS
SELECT
    source, page_date, pair, low, high, rate_decimals,
    reported_text, reported_pct, reported_change, reported_decimals, reported_sign, count(*) AS snapshots
FROM dated_quotes
GROUP BY ALL;
COMMENT ON VIEW printed_quotes IS 'A step towards deltas: one row per source, page date, pair and what is printed of it, however many snapshots show the same';
COMMENT ON COLUMN printed_quotes.source IS 'Name of the source';
COMMENT ON COLUMN printed_quotes.page_date IS 'Page date';
COMMENT ON COLUMN printed_quotes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN printed_quotes.low IS 'Printed rate less half a tick, in units of half 10^-9';
COMMENT ON COLUMN printed_quotes.high IS 'Printed rate plus half a tick, in units of half 10^-9';
COMMENT ON COLUMN printed_quotes.rate_decimals IS 'Printed digits after the decimal point of the rate';
COMMENT ON COLUMN printed_quotes.reported_text IS 'The reported change as printed; what else is known of the report follows from it';
COMMENT ON COLUMN printed_quotes.reported_pct IS 'The reported change in percent, null where an absolute change or nothing is reported';
COMMENT ON COLUMN printed_quotes.reported_change IS 'The reported change in COUNTER per BASE, null where a percentage or nothing is reported';
COMMENT ON COLUMN printed_quotes.reported_decimals IS 'Printed digits after the decimal point of the report';
COMMENT ON COLUMN printed_quotes.reported_sign IS '-1 fell (also -0%), 1 rose, 0 for a zero without a sign';
COMMENT ON COLUMN printed_quotes.snapshots IS 'How many snapshots of the date show this';
