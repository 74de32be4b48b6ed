-- On which days before their date the newest reports of each source in `changed` find a state that explains them, and on which
-- days after it: no report can refer to those. Only reports that at most a quarter of the other states would explain.
DELETE FROM settled_lags WHERE source IN (SELECT source FROM changed);
INSERT INTO settled_lags
WITH dates AS (
    SELECT s.source, s.page_date, count(*) AS reports
    FROM settled_reports r
    JOIN snapshots s ON s.source = r.source AND s.snapshot_id = r.snapshot_id
    WHERE r.source IN (SELECT source FROM changed)
    GROUP BY ALL
), newest AS (
    SELECT source, page_date
    FROM dates
    QUALIFY sum(reports) OVER (PARTITION BY source ORDER BY page_date DESC) - reports < $most
), states AS (
    SELECT q.source, q.pair, q.page_date, q.low, q.high, q.snapshot_id
    FROM dated_quotes q
    JOIN (SELECT source, min(page_date) AS page_date FROM newest GROUP BY source) n
        ON n.source = q.source AND q.page_date >= n.page_date - $days
), telling AS (
    SELECT q.source, q.pair, q.page_date, q.low, q.high, h.meets_low, h.meets_high, count(*) AS snapshots
    FROM newest n
    JOIN states q ON q.source = n.source AND q.page_date = n.page_date
    JOIN settled_reports r ON r.source = q.source AND r.snapshot_id = q.snapshot_id AND r.pair = q.pair
    JOIN chances h ON h.source = r.source AND h.range_id = r.range_id
    WHERE NOT r.undecided
        AND 4 * (h.explaining - r.meets_itself::INTEGER) <= h.states - 1
    GROUP BY ALL
), numbered AS (
    SELECT row_number() OVER () AS report, isodow(page_date) AS weekday, * FROM telling
), rates AS (
    SELECT source, pair, page_date, low, high, count(*) AS snapshots FROM states GROUP BY ALL
), found AS (
    SELECT
        t.report, t.source, t.weekday, (t.page_date - r.page_date)::INTEGER AS days_back,
        bool_or(r.high >= t.meets_low AND r.low <= t.meets_high) AS explained
    FROM numbered t
    JOIN (SELECT *, unnest(range(-$days, $days + 1)) AS shift FROM rates) r
        ON r.source = t.source AND r.pair = t.pair AND r.page_date + r.shift::INTEGER = t.page_date
    JOIN sources s ON s.source = t.source
    WHERE abs(r.shift) <= s.lookback_days
        AND (r.shift <> 0 OR r.low <> t.low OR r.high <> t.high OR r.snapshots > 1) -- no state explains itself
    GROUP BY ALL
)
SELECT
    a.source, a.weekday, a.days_back, b.days_back, count(*), count(*) FILTER (a.explained), count(*) FILTER (b.explained),
    count(*) FILTER (a.explained AND NOT b.explained), count(*) FILTER (b.explained AND NOT a.explained)
FROM found a
JOIN found b ON b.report = a.report
WHERE a.days_back >= 0
GROUP BY ALL;
