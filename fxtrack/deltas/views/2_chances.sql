-- How many states would explain a report: how often a state picked at random does.

CREATE OR REPLACE VIEW chances AS
WITH rates AS (
    SELECT source, pair, low, high, sum(states) AS states FROM settled_rates GROUP BY ALL
), by_low AS (
    SELECT source, pair, low, sum(sum(states)) OVER (PARTITION BY source, pair ORDER BY low)::BIGINT AS states
    FROM rates GROUP BY source, pair, low
), by_high AS (
    SELECT source, pair, high, sum(sum(states)) OVER (PARTITION BY source, pair ORDER BY high)::BIGINT AS states
    FROM rates GROUP BY source, pair, high
), pairs AS (
    SELECT source, pair, sum(states)::BIGINT AS states, min(high - low) AS narrowest FROM rates GROUP BY source, pair
)
-- A state meets the range unless all of it lies above or below: that is the number of states that begin below its upper end, less
-- the number that end below its lower end. DISTINCT: two lots may store the same range.
SELECT
    r.range_id, r.source, r.pair, r.meets_low, r.meets_high, p.states,
    CASE WHEN r.holes < p.narrowest THEN coalesce(l.states, 0) - coalesce(h.states, 0) END AS explaining
FROM (SELECT DISTINCT * FROM settled_ranges) r
JOIN pairs p ON p.source = r.source AND p.pair = r.pair
ASOF LEFT JOIN by_low l ON l.source = r.source AND l.pair = r.pair AND l.low <= r.meets_high
ASOF LEFT JOIN by_high h ON h.source = r.source AND h.pair = r.pair AND h.high < r.meets_low;
COMMENT ON VIEW chances IS 'A step towards deltas: one row per source, pair and range of bases that some report allows: how many states meet it';
COMMENT ON COLUMN chances.range_id IS 'As in settled_ranges';
COMMENT ON COLUMN chances.source IS 'Name of the source';
COMMENT ON COLUMN chances.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN chances.meets_low IS 'As in settled_ranges';
COMMENT ON COLUMN chances.meets_high IS 'As in settled_ranges';
COMMENT ON COLUMN chances.states IS 'Dated snapshots of the source with the pair';
COMMENT ON COLUMN chances.explaining IS 'How many of these explain a report that allows these bases; null where the bases have holes that a printed rate fits in';
