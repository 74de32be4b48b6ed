-- The captures that a beginning of an id, or a location, may mean.
SELECT DISTINCT capture_id, location
FROM (
    SELECT capture_id, location, capture_id AS id FROM captures
    UNION ALL
    SELECT capture_id, location, NULL FROM further_sightings WHERE outcome IS NOT NULL
)
WHERE CASE WHEN $id IS NULL THEN list_contains($locations, location) ELSE starts_with(id, $id) END
ORDER BY capture_id, location
