-- For each page date of a source the first date of the run of dates that repeat its ticker: a date repeats the captured date
-- before if each of its states, rates and reports alike, was seen on that date.
WITH shown AS (
    SELECT DISTINCT source, page_date, state_id FROM snapshots
    WHERE page_date <= $until AND ($source IS NULL OR source = $source)
), dated AS (
    SELECT source, page_date, lag(page_date) OVER (PARTITION BY source ORDER BY page_date) AS previous_date
    FROM (SELECT DISTINCT source, page_date FROM shown)
), compared AS (
    SELECT s.source, s.page_date, bool_or(p.state_id IS NULL) AS is_new
    FROM shown s
    JOIN dated d ON d.source = s.source AND d.page_date = s.page_date
    LEFT JOIN shown p ON p.source = s.source AND p.page_date = d.previous_date AND p.state_id = s.state_id
    GROUP BY s.source, s.page_date
)
SELECT
    source, page_date,
    max(page_date) FILTER (is_new) OVER (PARTITION BY source ORDER BY page_date) AS since
FROM compared
ORDER BY source, page_date
