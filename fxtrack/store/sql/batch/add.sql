-- Adds one batch of pages to the store, each page, snapshot, sighting and file once. Runs after known.sql.

INSERT INTO conflict_quotes BY NAME SELECT * FROM new_conflicts SEMI JOIN fresh USING (capture_id);

INSERT INTO snapshot_quotes BY NAME
SELECT * FROM new_quotes ANTI JOIN known_snapshots USING (snapshot_id) ANTI JOIN known_forgotten USING (snapshot_id)
WHERE snapshot_id IN (SELECT snapshot_id FROM fresh_sightings);

INSERT INTO snapshots BY NAME
SELECT * FROM new_snapshots ANTI JOIN known_snapshots USING (snapshot_id)
WHERE snapshot_id IN (SELECT snapshot_id FROM fresh_sightings WHERE NOT forgotten);
DELETE FROM forgotten_snapshots WHERE snapshot_id IN (SELECT snapshot_id FROM fresh_sightings WHERE NOT forgotten);
INSERT INTO forgotten_snapshots BY NAME
SELECT * FROM new_snapshots ANTI JOIN known_snapshots USING (snapshot_id) ANTI JOIN known_forgotten USING (snapshot_id)
WHERE snapshot_id IN (SELECT snapshot_id FROM fresh_sightings EXCEPT SELECT snapshot_id FROM fresh_sightings WHERE NOT forgotten);

INSERT INTO unsettled
SELECT DISTINCT snapshot_id, source, page_date FROM fresh_sightings WHERE page_date IS NOT NULL AND NOT forgotten;

-- A page that was known keeps the time of its first run.
INSERT INTO captures BY NAME
SELECT
    n.* REPLACE (coalesce(r.ingested_utc, n.ingested_utc) AS ingested_utc),
    CASE WHEN r.capture_id IS NOT NULL THEN nullif(n.ingested_utc, r.ingested_utc) END AS sighting_ingested_utc
FROM (FROM new_captures SEMI JOIN fresh USING (capture_id)) n
LEFT JOIN retaken r USING (capture_id);
INSERT INTO further_snapshots BY NAME SELECT * FROM new_further SEMI JOIN fresh USING (capture_id);

DELETE FROM files WHERE rowid IN (SELECT number FROM known_files);
INSERT INTO files BY NAME SELECT * FROM new_files;
