-- For each rule in rounding_rules of $source: how many reports since $since can be tested, are explained, break it.
WITH reports AS (
    SELECT snapshot_id, pair, page_date
    FROM dated_quotes WHERE source = $source AND page_date >= $since AND CASE WHEN $absolute THEN reported_change ELSE reported_pct END IS NOT NULL
), bases AS (
    SELECT snapshot_id, pair, page_date
    FROM dated_quotes WHERE source = $source AND page_date >= $since::DATE - $lookback_days::INTEGER
), testable AS (
    SELECT r.snapshot_id, r.pair
    FROM (SELECT *, unnest(range($lookback_days::INTEGER + 1)) AS days_back FROM reports) r
    JOIN bases b
        ON b.pair = r.pair AND b.page_date = r.page_date - r.days_back::INTEGER AND b.snapshot_id <> r.snapshot_id
    GROUP BY ALL
), explained AS (
    SELECT change_decimals, pct_decimals, count(*) AS explained
    FROM explanations WHERE source = $source AND page_date >= $since
    GROUP BY ALL
), possible AS (
    SELECT b.change_decimals, b.pct_decimals, count(DISTINCT (b.snapshot_id, b.pair)) AS possible
    FROM report_bounds b
    JOIN testable t ON t.snapshot_id = b.snapshot_id AND t.pair = b.pair
    WHERE b.source = $source AND b.page_date >= $since
    GROUP BY ALL
)
SELECT
    r.change_decimals, r.pct_decimals, n.reports, coalesce(e.explained, 0) AS explained,
    n.reports - coalesce(p.possible, 0) AS breaks
FROM rounding_rules r
CROSS JOIN (SELECT count(*) AS reports FROM testable) n
LEFT JOIN explained e
    ON e.change_decimals IS NOT DISTINCT FROM r.change_decimals AND e.pct_decimals IS NOT DISTINCT FROM r.pct_decimals
LEFT JOIN possible p
    ON p.change_decimals IS NOT DISTINCT FROM r.change_decimals AND p.pct_decimals IS NOT DISTINCT FROM r.pct_decimals
WHERE r.source = $source
