-- Moves each snapshot to where it belongs: `snapshots` has those that a capture shows which is not forgotten.
CREATE OR REPLACE TEMP TABLE placed AS
SELECT e.*, s.snapshot_id IS NOT NULL AS counts
FROM every_snapshot e
SEMI JOIN every_sighting g ON g.snapshot_id = e.snapshot_id
LEFT JOIN (SELECT DISTINCT snapshot_id FROM sightings) s ON s.snapshot_id = e.snapshot_id;
DELETE FROM snapshots WHERE snapshot_id NOT IN (SELECT snapshot_id FROM placed WHERE counts);
DELETE FROM forgotten_snapshots WHERE snapshot_id NOT IN (SELECT snapshot_id FROM placed WHERE NOT counts);
INSERT INTO snapshots BY NAME SELECT * EXCLUDE (counts) FROM placed ANTI JOIN snapshots USING (snapshot_id) WHERE counts;
INSERT INTO forgotten_snapshots BY NAME
SELECT * EXCLUDE (counts) FROM placed ANTI JOIN forgotten_snapshots USING (snapshot_id) WHERE NOT counts;
DROP TABLE placed;
