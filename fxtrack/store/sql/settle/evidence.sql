-- For each rule of a source in `examined`: how many of the reports that count can be tested, are explained, break it.
WITH dates AS (
    SELECT
        source, pair, page_date, sum(snapshots) AS states,
        lag(page_date) OVER (PARTITION BY source, pair ORDER BY page_date) AS previous_date
    FROM printed_quotes GROUP BY source, pair, page_date
), testable AS ( -- those with another snapshot of the same date or within the look-back
    SELECT q.source, q.page_date, q.pair, q.low, q.high, q.reported_text, q.snapshots
    FROM printed_quotes q
    JOIN examined x ON x.source = q.source AND x.since <= q.page_date
    JOIN dates d ON d.source = q.source AND d.pair = q.pair AND d.page_date = q.page_date
    WHERE CASE WHEN x.absolute THEN q.reported_change ELSE q.reported_pct END IS NOT NULL
        AND (d.states > 1 OR d.page_date - d.previous_date <= x.lookback_days)
), tested AS (
    SELECT source, sum(snapshots) AS reports FROM testable GROUP BY source
), explained AS (
    SELECT f.source, f.change_decimals, f.pct_decimals, sum(t.snapshots) AS explained
    FROM found f
    JOIN testable t USING (source, page_date, pair, low, high, reported_text)
    GROUP BY ALL
), possible AS (
    SELECT b.source, b.change_decimals, b.pct_decimals, sum(t.snapshots) AS possible
    FROM (
        SELECT DISTINCT source, page_date, pair, low, high, reported_text, change_decimals, pct_decimals FROM bounds
    ) b
    JOIN testable t USING (source, page_date, pair, low, high, reported_text)
    GROUP BY ALL
)
SELECT
    r.source, r.change_decimals, r.pct_decimals, coalesce(n.reports, 0), coalesce(e.explained, 0),
    coalesce(n.reports, 0) - coalesce(p.possible, 0)
FROM rounding_rules r
LEFT JOIN tested n ON n.source = r.source
LEFT JOIN explained e
    ON e.source = r.source
    AND e.change_decimals IS NOT DISTINCT FROM r.change_decimals AND e.pct_decimals IS NOT DISTINCT FROM r.pct_decimals
LEFT JOIN possible p
    ON p.source = r.source
    AND p.change_decimals IS NOT DISTINCT FROM r.change_decimals AND p.pct_decimals IS NOT DISTINCT FROM r.pct_decimals
