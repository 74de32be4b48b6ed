-- The size of the published file, and the time of its newest capture.
SELECT
    (SELECT count(*) FROM captures ANTI JOIN forgotten USING (capture_id)) AS captures,
    (SELECT count(*) FROM snapshots) AS snapshots,
    (SELECT max(ingested_utc) FROM captures) AS changed_utc
