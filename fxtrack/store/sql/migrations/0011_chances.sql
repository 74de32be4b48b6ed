-- Results over many dates: how many states would explain a report, on which days bases are found, and which states are far from
-- their neighbours.

CREATE TABLE IF NOT EXISTS settled_ranges (
    range_id UBIGINT, source VARCHAR, pair VARCHAR, meets_low BIGINT, meets_high BIGINT, holes BIGINT
);
COMMENT ON TABLE settled_ranges IS 'One row per source, pair and range of bases that some report allows. A snapshot explains the report if the range of its printed rate meets that range. Amounts in units of half 10^-9';
COMMENT ON COLUMN settled_ranges.range_id IS 'Digest of the row';
COMMENT ON COLUMN settled_ranges.source IS 'Name of the source';
COMMENT ON COLUMN settled_ranges.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN settled_ranges.meets_low IS 'Least whole number that the range of a printed rate has to reach up to';
COMMENT ON COLUMN settled_ranges.meets_high IS 'Greatest whole number that the range of a printed rate has to reach down to';
COMMENT ON COLUMN settled_ranges.holes IS 'Upper bound on the size of a hole between the bases, 0 for none: the range of a rate that is narrower may lie in one';
ALTER TABLE settled_reports ADD COLUMN IF NOT EXISTS range_id UBIGINT;
ALTER TABLE settled_reports ADD COLUMN IF NOT EXISTS meets_itself BOOLEAN;
ALTER TABLE settled_reports ADD COLUMN IF NOT EXISTS source VARCHAR;
ALTER TABLE settled_reports ADD COLUMN IF NOT EXISTS repeated BOOLEAN;
COMMENT ON COLUMN settled_reports.repeated IS 'Whether the previous captured date shows the same state, as in repeats';
COMMENT ON COLUMN settled_reports.source IS 'Name of the source, so that a query for one source reads only its rows';
COMMENT ON COLUMN settled_reports.meets_itself IS 'Whether the range of the printed rate meets that range: then the snapshot counts among those that do, and is not another one';
COMMENT ON COLUMN settled_reports.range_id IS 'The range in settled_ranges; null if no base could yield the report';
CREATE TABLE IF NOT EXISTS settled_rates (
    source VARCHAR, year BIGINT, pair VARCHAR, low BIGINT, high BIGINT, states BIGINT
);
COMMENT ON TABLE settled_rates IS 'One row per source, year, pair and printed rate: how many snapshots show it, as last recomputed. Amounts in units of half 10^-9';
COMMENT ON COLUMN settled_rates.source IS 'Name of the source';
COMMENT ON COLUMN settled_rates.year IS 'Year of the page dates';
COMMENT ON COLUMN settled_rates.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN settled_rates.low IS 'Printed rate less half a tick';
COMMENT ON COLUMN settled_rates.high IS 'Printed rate plus half a tick';
COMMENT ON COLUMN settled_rates.states IS 'Snapshots of that year that show it';
CREATE TABLE IF NOT EXISTS settled_lags (
    source VARCHAR, weekday BIGINT, days_back INTEGER, other_days_back INTEGER, reports BIGINT, explained BIGINT,
    other_explained BIGINT, only_this BIGINT, only_other BIGINT
);
COMMENT ON TABLE settled_lags IS 'One row per source, weekday and two numbers of days: of the newest reports that at most a quarter of the other snapshots would explain, how many a snapshot of either day explains, as last recomputed';
COMMENT ON COLUMN settled_lags.source IS 'Name of the source';
COMMENT ON COLUMN settled_lags.weekday IS 'Weekday of the report''s page date, 1 for Monday to 7 for Sunday';
COMMENT ON COLUMN settled_lags.days_back IS 'Days from the first day to the report, 0 for another snapshot of its date';
COMMENT ON COLUMN settled_lags.other_days_back IS 'Days from the other day to the report, negative for a day after it';
COMMENT ON COLUMN settled_lags.reports IS 'Reports with snapshots of both days';
COMMENT ON COLUMN settled_lags.explained IS 'How many of these a snapshot of the first day explains';
COMMENT ON COLUMN settled_lags.other_explained IS 'How many of these a snapshot of the other day explains';
COMMENT ON COLUMN settled_lags.only_this IS 'How many of these the first day explains and the other does not';
COMMENT ON COLUMN settled_lags.only_other IS 'How many of these the other day explains and the first does not';

CREATE TABLE IF NOT EXISTS settled_outliers (
    source VARCHAR, page_date DATE, snapshot_id VARCHAR, pair VARCHAR, low BIGINT, high BIGINT, neighbours BIGINT, reading VARCHAR
);
COMMENT ON TABLE settled_outliers IS 'One row per dated snapshot and pair whose rate is far from that of the neighbouring dates, as last recomputed. Amounts in units of half 10^-9';
COMMENT ON COLUMN settled_outliers.source IS 'Name of the source';
COMMENT ON COLUMN settled_outliers.page_date IS 'Page date';
COMMENT ON COLUMN settled_outliers.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN settled_outliers.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN settled_outliers.low IS 'Lower end of the rates of the neighbouring dates, half a tick included';
COMMENT ON COLUMN settled_outliers.high IS 'Upper end of the rates of the neighbouring dates, half a tick included';
COMMENT ON COLUMN settled_outliers.neighbours IS 'Neighbouring dates that were compared, up to three on each side';
COMMENT ON COLUMN settled_outliers.reading IS 'The likely reading: inverted, a factor of 10, 100 or 1000, or the rate of another pair; null if none fits';
UPDATE store_info SET settled_generation = -1, traced_generation = -1;
