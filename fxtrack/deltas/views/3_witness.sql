-- Source against source.

CREATE OR REPLACE VIEW witness AS
WITH ranges AS (
    SELECT
        source, page_date, pair, units(low) - half_tick(low_decimals) AS low, units(high) + half_tick(high_decimals) AS high
    FROM closes
)
SELECT
    a.page_date, a.pair, a.source, b.source AS other_source,
    rate_of_nanos(div_floor(a.low, 2)) AS low, rate_of_nanos(div_ceil(a.high, 2)) AS high,
    rate_of_nanos(div_floor(b.low, 2)) AS other_low, rate_of_nanos(div_ceil(b.high, 2)) AS other_high,
    a.low <= b.high AND b.low <= a.high AS meet,
    CASE WHEN a.low > b.high THEN pct_floor(a.low - b.high, b.high) WHEN b.low > a.high THEN pct_floor(b.low - a.high, a.high) ELSE 0 END
        AS apart_pct
FROM ranges a
JOIN ranges b ON b.page_date = a.page_date AND b.pair = a.pair AND b.source > a.source
ORDER BY a.page_date, a.pair, a.source, b.source;
COMMENT ON VIEW witness IS 'One row per date, pair and two sources that both show it: whether the ranges of their rates meet. A range reaches from the lowest rate of the date to the highest, half a tick included';
COMMENT ON COLUMN witness.page_date IS 'Page date';
COMMENT ON COLUMN witness.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN witness.source IS 'One source';
COMMENT ON COLUMN witness.other_source IS 'The other source';
COMMENT ON COLUMN witness.low IS 'Lower end of the range of the first';
COMMENT ON COLUMN witness.high IS 'Upper end of the range of the first';
COMMENT ON COLUMN witness.other_low IS 'Lower end of the range of the other';
COMMENT ON COLUMN witness.other_high IS 'Upper end of the range of the other';
COMMENT ON COLUMN witness.meet IS 'True if some rate lies in both ranges';
COMMENT ON COLUMN witness.apart_pct IS 'How far apart the ranges are at least, in percent of the lower one, rounded down; 0 where they meet';
