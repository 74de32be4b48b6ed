-- The oldest page date whose reports count, for each of $sources with reports: just enough of the newest dates to hold $most
-- reports.
WITH examined AS (
    SELECT unnest($sources::VARCHAR[]) AS source, unnest($absolute::BOOLEAN[]) AS absolute
), per_date AS (
    SELECT q.source, q.page_date, count(*) AS reports
    FROM dated_quotes q
    JOIN examined e ON e.source = q.source
    WHERE CASE WHEN e.absolute THEN q.reported_change ELSE q.reported_pct END IS NOT NULL
    GROUP BY ALL
), running AS (
    SELECT *, sum(reports) OVER (PARTITION BY source ORDER BY page_date DESC) - reports AS newer FROM per_date
)
SELECT source, min(page_date) FROM running WHERE newer < $most GROUP BY source
