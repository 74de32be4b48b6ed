-- Runs of missing dates, of each as much as lies in the range that is asked for.
WITH within AS (
    SELECT
        g.source, greatest(g.first_missing, $from::DATE) AS first_missing, least(g.last_missing, $to::DATE) AS last_missing
    FROM gaps g
    WHERE $source IS NULL OR g.source = $source
)
SELECT source, first_missing, last_missing, last_missing - first_missing + 1 AS days
FROM within
WHERE first_missing <= last_missing
ORDER BY source, first_missing
