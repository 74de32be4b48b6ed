-- The snapshots that captures show at the given sightings.
WITH place AS (
    SELECT
        unnest($capture_id::VARCHAR[]) AS capture_id, unnest($location::VARCHAR[]) AS location,
        unnest($captured_utc::TIMESTAMP[]) AS captured_utc
)
SELECT s.capture_id, s.source, s.page_date, s.snapshot_id
FROM every_sighting s
JOIN place p
    ON p.capture_id = s.capture_id AND p.location = s.location AND p.captured_utc IS NOT DISTINCT FROM s.captured_utc
