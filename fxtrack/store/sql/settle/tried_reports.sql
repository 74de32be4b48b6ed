-- The reports that rules are tried on, drawn from each quarter of them. A repeated report counts once, when it is first seen,
-- since its base is earlier. With each report: the nearby states that may be its base, with their shares of the odds; a state of
-- the previous captured date has twice the share of the date before that, and of another state of the same date.
CREATE TEMP TABLE tried_reports AS
WITH told AS (
    SELECT
        q.source, q.pair, q.low, q.high, q.reported_text, min(q.page_date) AS page_date,
        any_value(q.reported_sign) AS sign, any_value(q.reported_decimals) AS decimals,
        any_value(CASE WHEN x.absolute THEN units(q.reported_change) ELSE q.reported_pct END::DOUBLE) AS report
    FROM printed_quotes q
    JOIN examined x ON x.source = q.source AND x.since <= q.page_date
    WHERE CASE WHEN x.absolute THEN q.reported_change ELSE q.reported_pct END IS NOT NULL
    GROUP BY q.source, q.pair, q.low, q.high, q.reported_text
), numbered AS (
    SELECT
        row_number() OVER (ORDER BY source, page_date, pair, low, high, reported_text) AS report_id, *,
        (low + high) / 2.0 AS rate, (high - low) / 2.0 AS slack
    FROM told
), parted AS (
    SELECT *, ntile(4) OVER (PARTITION BY source ORDER BY report_id) AS quarter FROM numbered
), drawn AS (
    SELECT *, row_number() OVER (PARTITION BY source, quarter ORDER BY hash(report_id), report_id) AS turn FROM parted
)
FROM drawn WHERE turn <= 150; -- more would not change the choice

CREATE TEMP TABLE tried_bases AS
WITH rates AS (
    SELECT
        *, dense_rank() OVER (PARTITION BY source, pair ORDER BY page_date) AS nth,
        count(*) OVER (PARTITION BY source, pair, page_date) AS rates
    FROM (SELECT DISTINCT source, pair, page_date, low, high FROM printed_quotes)
), asked AS (
    -- unnested, so that the states are found by date: by pair alone they would be all dates with all dates
    SELECT t.*, n.nth, x.lookback_days, unnest(range(4)) AS back
    FROM tried_reports t
    JOIN examined x ON x.source = t.source
    JOIN (SELECT DISTINCT source, pair, page_date, nth FROM rates) n
        ON n.source = t.source AND n.pair = t.pair AND n.page_date = t.page_date
), paired AS (
    SELECT a.report_id, b.low, b.high, CASE a.back WHEN 0 THEN 2 WHEN 1 THEN 4 WHEN 2 THEN 2 ELSE 1 END / b.rates AS odds
    FROM asked a
    JOIN rates b
        ON b.source = a.source AND b.pair = a.pair AND b.nth = a.nth - a.back
        AND b.page_date >= a.page_date - a.lookback_days
    WHERE b.page_date <> a.page_date OR b.low <> a.low OR b.high <> a.high
), summed AS (
    SELECT report_id, low, high, sum(odds) AS odds FROM paired GROUP BY report_id, low, high
)
SELECT
    report_id, odds / sum(odds) OVER (PARTITION BY report_id) AS share, (low + high) / 2.0 AS base, (high - low) / 2.0 AS slack
FROM summed;

CREATE OR REPLACE TEMP MACRO squared_above_zero(x) AS CASE WHEN x > 0 THEN x * x ELSE 0 END;

-- The chance that the unprinted parts of a rate and of its base, each at most its slack either way, add up to less than z.
CREATE OR REPLACE TEMP MACRO chance_below(z, a, b) AS CASE
    WHEN z <= -a - b THEN 0
    WHEN z >= a + b THEN 1
    ELSE (squared_above_zero(z + a + b) - squared_above_zero(z + abs(a - b)) - squared_above_zero(z - abs(a - b))) / (8 * a * b)
END;

-- The chance that a rate moves by less than this percentage from an uncaptured base: half of them move by up to 0.5 %.
CREATE OR REPLACE TEMP MACRO moves_below(pct) AS CASE WHEN pct >= 0 THEN 1 - 0.25 / (0.5 + pct) ELSE 0.25 / (0.5 - pct) END;

-- An absolute value, rounded, with a small tolerance for binary fractions.
CREATE OR REPLACE TEMP MACRO rounds_to(size, rounding_mode) AS CASE rounding_mode
    WHEN 'towards zero' THEN floor(size + 1e-9)
    WHEN 'half to even' THEN round_even(size, 0)
    ELSE floor(size + 0.5 + 1e-9)
END;
