-- The captures that match an id or its beginning; of those that show one snapshot, the earliest first.
FROM (
    SELECT * FROM captures WHERE starts_with(capture_id, $id) OR starts_with(snapshot_id, $id)
    UNION ALL
    SELECT c.* REPLACE (f.snapshot_id AS snapshot_id)
    FROM captures c
    JOIN further_snapshots f USING (capture_id)
    WHERE starts_with(f.snapshot_id, $id)
    UNION ALL
    SELECT c.* REPLACE (
        f.snapshot_id AS snapshot_id, f.source AS source, f.location AS location, f.uri AS uri,
        f.captured_utc AS captured_utc, f.page_date AS page_date
    )
    FROM captures c
    JOIN further_sightings f USING (capture_id)
    WHERE starts_with(f.snapshot_id, $id)
)
ORDER BY captured_utc NULLS LAST, location, capture_id
