-- What depends on a date in `part`: reports from that date to look-back days after it, and snapshots as bases from
-- look-back days before it to that date, since the next captured date is asked about them.
--
-- The views report_bounds, explanations and base_evidence say what is to be found. They ask for their tables by name
-- alone, which a temporary table goes before: so they see what lies near the changes, and nothing else is worked out.
CREATE OR REPLACE TEMP TABLE near AS
WITH dates AS (
    SELECT DISTINCT n.source, n.page_date, s.lookback_days
    FROM snapshots n
    JOIN sources s ON s.source = n.source
    WHERE n.page_date IS NOT NULL
)
SELECT
    d.source, d.page_date,
    coalesce(d.page_date - b.page_date <= d.lookback_days, false) AS reports,
    coalesce(a.page_date - d.page_date <= d.lookback_days, false) AS bases
FROM dates d
ASOF LEFT JOIN part b ON b.source = d.source AND b.page_date <= d.page_date
ASOF LEFT JOIN part a ON a.source = d.source AND a.page_date >= d.page_date
WHERE reports OR bases;

CREATE TEMP TABLE snapshots AS SELECT s.* FROM snapshots s SEMI JOIN near n ON n.source = s.source AND n.page_date = s.page_date;
CREATE TEMP TABLE dated_quotes AS FROM dated_quotes;
CREATE TEMP TABLE captures AS
SELECT snapshot_id, captured_utc FROM captures WHERE snapshot_id IN (SELECT snapshot_id FROM snapshots);
CREATE OR REPLACE TEMP TABLE bounds AS FROM report_bounds WHERE chosen;
