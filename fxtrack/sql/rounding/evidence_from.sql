-- The oldest page date whose reports count: enough of the newest dates to hold $most reports of $source, and no more.
WITH per_date AS (
    SELECT page_date, count(*) AS reports
    FROM dated_quotes WHERE source = $source AND CASE WHEN $absolute THEN reported_change ELSE reported_pct END IS NOT NULL GROUP BY page_date
), running AS (
    SELECT page_date, sum(reports) OVER (ORDER BY page_date DESC) - reports AS newer FROM per_date
)
SELECT min(page_date) FROM running WHERE newer < $most
