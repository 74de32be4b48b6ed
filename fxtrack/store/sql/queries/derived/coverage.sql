-- Runs of dates without the pair, cut to the requested range.
WITH within AS (
    SELECT
        g.source, g.pair, greatest(g.first_missing, $from::DATE) AS first_missing, least(g.last_missing, $to::DATE) AS last_missing
    FROM pair_gaps($pair) g
    WHERE $source IS NULL OR g.source = $source
)
SELECT source, pair, first_missing, last_missing, last_missing - first_missing + 1 AS days
FROM within
WHERE first_missing <= last_missing
ORDER BY source, first_missing
