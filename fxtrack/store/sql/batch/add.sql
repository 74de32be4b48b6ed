-- Adds one batch of pages to the store, each page, snapshot and file once. Runs after known.sql. A page whose bytes are
-- known adds nothing, even at another location, unless its capture time is earlier than the known one.

INSERT INTO conflict_quotes BY NAME SELECT * FROM new_conflicts SEMI JOIN fresh USING (capture_id);

INSERT INTO snapshot_quotes BY NAME
SELECT * FROM new_quotes ANTI JOIN known_snapshots USING (snapshot_id)
WHERE snapshot_id IN (SELECT snapshot_id FROM fresh_sightings);

INSERT INTO snapshots BY NAME
SELECT * FROM new_snapshots ANTI JOIN known_snapshots USING (snapshot_id)
WHERE snapshot_id IN (SELECT snapshot_id FROM fresh_sightings);

INSERT INTO unsettled SELECT DISTINCT snapshot_id, source, page_date FROM fresh_sightings WHERE page_date IS NOT NULL;

INSERT INTO captures BY NAME SELECT * FROM new_captures SEMI JOIN fresh USING (capture_id);
INSERT INTO further_snapshots BY NAME SELECT * FROM new_further SEMI JOIN fresh USING (capture_id);

DELETE FROM files WHERE rowid IN (SELECT number FROM known_files);
INSERT INTO files BY NAME SELECT * FROM new_files;
