-- Tickers that stand still: states, reports included, that are shown again on the next captured date.

CREATE OR REPLACE VIEW repeats AS
WITH dates AS (
    SELECT source, page_date, lag(page_date) OVER (PARTITION BY source ORDER BY page_date) AS previous_date
    FROM snapshots
    WHERE page_date IS NOT NULL
    GROUP BY source, page_date
)
SELECT s.source, s.page_date, s.snapshot_id, d.previous_date, p.snapshot_id AS previous_snapshot_id
FROM snapshots s
JOIN dates d ON d.source = s.source AND d.page_date = s.page_date
JOIN sources l ON l.source = s.source
JOIN snapshots p ON p.source = s.source AND p.page_date = d.previous_date AND p.state_id = s.state_id
WHERE d.page_date - d.previous_date <= l.lookback_days;
COMMENT ON VIEW repeats IS 'One row per dated snapshot whose state, rates and reports of all pairs, the previous captured date (within the look-back) shows too';
COMMENT ON COLUMN repeats.source IS 'Name of the source';
COMMENT ON COLUMN repeats.page_date IS 'Page date';
COMMENT ON COLUMN repeats.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN repeats.previous_date IS 'The previous captured date of the source';
COMMENT ON COLUMN repeats.previous_snapshot_id IS 'The snapshot of that date with the same state';

CREATE OR REPLACE VIEW standing AS
WITH moved AS (
    -- where all reports are zero, rates that stay the same are no contradiction
    SELECT DISTINCT r.source, r.page_date
    FROM repeats r
    JOIN snapshot_quotes q ON q.snapshot_id = r.snapshot_id
    WHERE q.reported_pct <> 0 OR q.reported_change <> 0
), dates AS (
    SELECT
        s.source, s.page_date, max(r.previous_date) AS previous_date, count(r.snapshot_id) = count(*) AS repeated,
        row_number() OVER (PARTITION BY s.source ORDER BY s.page_date) AS nth
    FROM snapshots s
    LEFT JOIN repeats r ON r.snapshot_id = s.snapshot_id
    WHERE s.page_date IS NOT NULL
    GROUP BY s.source, s.page_date
), grouped AS (
    SELECT d.*, d.nth - row_number() OVER (PARTITION BY d.source ORDER BY d.page_date) AS run
    FROM dates d
    JOIN moved m ON m.source = d.source AND m.page_date = d.page_date
    WHERE d.repeated
)
SELECT
    source, min(previous_date) AS since, min(page_date) AS first_date, max(page_date) AS last_date, count(*) AS dates
FROM grouped
GROUP BY source, run
ORDER BY source, first_date;
COMMENT ON VIEW standing IS 'One row per run of captured dates on which a ticker stands still: every state is one of the date before, with the same reports, some of them not zero. A rate that has not moved since cannot have changed since the day before again';
COMMENT ON COLUMN standing.source IS 'Name of the source';
COMMENT ON COLUMN standing.since IS 'The captured date whose state is repeated';
COMMENT ON COLUMN standing.first_date IS 'First date that repeats it';
COMMENT ON COLUMN standing.last_date IS 'Last date that repeats it';
COMMENT ON COLUMN standing.dates IS 'How many captured dates repeat it';
