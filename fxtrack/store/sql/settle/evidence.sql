-- For each period of a source in `examined` and each counted rule: the number of reports that can be tested, are explained, or
-- break the rule.
WITH dates AS (
    SELECT
        source, pair, page_date, sum(snapshots) AS states,
        lag(page_date) OVER (PARTITION BY source, pair ORDER BY page_date) AS previous_date
    FROM printed_quotes GROUP BY source, pair, page_date
), testable AS ( -- reports with another snapshot of the same date or within the look-back
    SELECT p.period, q.source, q.page_date, q.pair, q.low, q.high, q.reported_text, q.snapshots
    FROM printed_quotes q
    JOIN examined x ON x.source = q.source AND x.since <= q.page_date
    JOIN periods p
        ON p.source = q.source AND (p.valid_from IS NULL OR q.page_date >= p.valid_from)
        AND (p.valid_to IS NULL OR q.page_date < p.valid_to)
    JOIN dates d ON d.source = q.source AND d.pair = q.pair AND d.page_date = q.page_date
    WHERE CASE WHEN x.absolute THEN q.reported_change ELSE q.reported_pct END IS NOT NULL
        AND (d.states > 1 OR d.page_date - d.previous_date <= x.lookback_days)
), tested AS (
    SELECT source, period, sum(snapshots) AS reports FROM testable GROUP BY source, period
), explained AS (
    SELECT t.source, t.period, f.change_decimals, f.pct_decimals, f.rounding_mode, sum(t.snapshots) AS explained
    FROM found f
    JOIN testable t USING (source, page_date, pair, low, high, reported_text)
    GROUP BY ALL
), possible AS (
    SELECT t.source, t.period, b.change_decimals, b.pct_decimals, b.rounding_mode, sum(t.snapshots) AS possible
    FROM (
        SELECT DISTINCT source, page_date, pair, low, high, reported_text, change_decimals, pct_decimals, rounding_mode
        FROM bounds
    ) b
    JOIN testable t USING (source, page_date, pair, low, high, reported_text)
    GROUP BY ALL
)
SELECT
    r.source, p.period, r.change_decimals, r.pct_decimals, r.rounding_mode, coalesce(n.reports, 0), coalesce(e.explained, 0),
    coalesce(n.reports, 0) - coalesce(o.possible, 0)
FROM rounding_rules r
JOIN periods p ON p.source = r.source
LEFT JOIN tested n ON n.source = p.source AND n.period = p.period
LEFT JOIN explained e
    ON e.source = p.source AND e.period = p.period AND e.rounding_mode = r.rounding_mode
    AND e.change_decimals IS NOT DISTINCT FROM r.change_decimals AND e.pct_decimals IS NOT DISTINCT FROM r.pct_decimals
LEFT JOIN possible o
    ON o.source = p.source AND o.period = p.period AND o.rounding_mode = r.rounding_mode
    AND o.change_decimals IS NOT DISTINCT FROM r.change_decimals AND o.pct_decimals IS NOT DISTINCT FROM r.pct_decimals
