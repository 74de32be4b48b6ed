-- A report bounds its base, also where no page of that day is captured.

CREATE OR REPLACE VIEW implied AS
WITH unexplained AS (
    -- no captured snapshot explains these reports, so that their base is of a day between
    SELECT
        d.source, d.pair, d.page_date AS report_date, greatest(d.previous_date + 1, d.page_date - s.lookback_days) AS gap_from,
        d.base_low, d.base_high
    FROM deltas d
    JOIN sources s ON s.source = d.source
    WHERE d.verdict IN ('base not captured', 'no history') AND d.gap_days > 1 AND d.base_low IS NOT NULL
), met AS (
    SELECT
        u.source, u.pair, u.report_date, any_value(u.gap_from) AS gap_from, count(*) AS reports,
        max(u.base_low) AS greatest_low, min(u.base_high) AS least_high, min(u.base_low) AS least_low,
        CASE WHEN count(u.base_high) = count(*) THEN max(u.base_high) END AS greatest_high
    FROM unexplained u
    GROUP BY u.source, u.pair, u.report_date
)
SELECT
    m.source, m.pair, m.report_date - 1 AS rate_date, m.gap_from, m.report_date, m.reports,
    m.least_high IS NULL OR m.greatest_low <= m.least_high AS meet,
    CASE WHEN meet THEN m.greatest_low ELSE m.least_low END AS rate_low,
    CASE WHEN meet THEN m.least_high ELSE m.greatest_high END AS rate_high
FROM met m
ORDER BY m.source, m.pair, m.report_date;
COMMENT ON VIEW implied IS 'One row per source, pair and missing day before a report that no captured snapshot explains: the range of the base that the report allows. A range, never a rate to use: it is in no other view';
COMMENT ON COLUMN implied.source IS 'Name of the source';
COMMENT ON COLUMN implied.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN implied.rate_date IS 'The missing day: the one before the report, to which reports usually refer';
COMMENT ON COLUMN implied.gap_from IS 'First missing day within the look-back: where it is before rate_date, the base may be of any day from here on';
COMMENT ON COLUMN implied.report_date IS 'Page date of the reports';
COMMENT ON COLUMN implied.reports IS 'Number of reports of that date, of different snapshots, that no captured snapshot explains';
COMMENT ON COLUMN implied.meet IS 'True if one base can be that of all these reports; false if they refer to different states';
COMMENT ON COLUMN implied.rate_low IS 'Least rate that the reports allow, of all of them where they meet, else of any, rounded down';
COMMENT ON COLUMN implied.rate_high IS 'Greatest rate that the reports allow, likewise, rounded up; null where there is no limit';
