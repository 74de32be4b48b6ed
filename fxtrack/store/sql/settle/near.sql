-- The results that depend on a date in `changed`: reports from that date to look-back days after it, and snapshots as
-- bases from look-back days before it to that date, since the reports of the next captured date test them. Numbered in
-- lots of whole dates with about $quotes quotes.
CREATE OR REPLACE TEMP TABLE near AS
WITH dates AS (
    SELECT DISTINCT n.source, n.page_date, s.lookback_days
    FROM snapshots n
    JOIN sources s ON s.source = n.source
    WHERE n.page_date IS NOT NULL
), depending AS (
    SELECT
        d.source, d.page_date, d.lookback_days,
        coalesce(d.page_date - b.page_date <= d.lookback_days, false) AS reports,
        coalesce(a.page_date - d.page_date <= d.lookback_days, false) AS bases
    FROM dates d
    ASOF LEFT JOIN changed b ON b.source = d.source AND b.page_date <= d.page_date
    ASOF LEFT JOIN changed a ON a.source = d.source AND a.page_date >= d.page_date
    WHERE reports OR bases
), sized AS (
    SELECT s.source, s.page_date, count(*) AS quotes
    FROM snapshot_quotes q
    JOIN snapshots s USING (snapshot_id)
    SEMI JOIN depending d ON d.source = s.source AND d.page_date = s.page_date
    GROUP BY ALL
)
SELECT d.*, (sum(n.quotes) OVER (ORDER BY d.source, d.page_date) - 1) // $quotes AS lot
FROM depending d
JOIN sized n USING (source, page_date)
