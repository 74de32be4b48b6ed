-- The number of dated captures that show a pair, and (pair null) that show any of the pairs.
WITH seen AS (
    SELECT snapshot_id, count(*) FILTER (NOT again) AS captures FROM sightings GROUP BY snapshot_id
), shown AS (
    SELECT d.source, d.pair, d.snapshot_id, seen.captures
    FROM dated_quotes d
    JOIN seen USING (snapshot_id)
    WHERE list_contains($pairs, d.pair) AND ($source IS NULL OR d.source = $source)
        AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
)
SELECT source, pair, sum(captures)::BIGINT AS captures FROM shown GROUP BY source, pair
UNION ALL
SELECT source, NULL, sum(captures)::BIGINT FROM (SELECT DISTINCT source, snapshot_id, captures FROM shown) GROUP BY source
ORDER BY ALL
