-- Decides which sighting of a capture in `recounted` counts for each snapshot: that of the capture, else the first ingested.
UPDATE further_sightings SET again = c.again
FROM (
    SELECT
        f.rowid AS number,
        s.snapshot_id IS NOT NULL
            OR row_number() OVER (
                PARTITION BY f.capture_id, f.snapshot_id ORDER BY f.ingested_utc, f.captured_utc, f.location
            ) > 1 AS again
    FROM further_sightings f
    LEFT JOIN (
        SELECT capture_id, snapshot_id FROM captures WHERE snapshot_id IS NOT NULL
        UNION SELECT capture_id, snapshot_id FROM further_snapshots
    ) s ON s.capture_id = f.capture_id AND s.snapshot_id = f.snapshot_id
    WHERE f.capture_id IN (SELECT capture_id FROM recounted)
) c
WHERE further_sightings.rowid = c.number AND further_sightings.again <> c.again;
