-- Replaces the stored rows of the pages by the new reading. Captures that were not read again, and the snapshots that they
-- show, do not change.
CREATE OR REPLACE TEMP TABLE again_replaced AS
SELECT capture_id FROM again_captures UNION ALL SELECT capture_id FROM again_dropped;
DELETE FROM captures WHERE capture_id IN (FROM again_replaced);
DELETE FROM further_snapshots WHERE capture_id IN (FROM again_replaced);
DELETE FROM conflict_quotes WHERE capture_id IN (FROM again_replaced);
DELETE FROM further_sightings WHERE capture_id IN (FROM again_replaced);
INSERT INTO captures BY NAME FROM again_captures;
INSERT INTO further_snapshots BY NAME FROM again_further;
INSERT INTO conflict_quotes BY NAME FROM again_conflicts;
INSERT INTO further_sightings BY NAME FROM again_sightings;
CREATE OR REPLACE TEMP TABLE recounted AS SELECT DISTINCT capture_id FROM again_sightings;

DELETE FROM snapshot_quotes
WHERE snapshot_id IN (SELECT snapshot_id FROM again_snapshots)
    OR snapshot_id NOT IN (SELECT snapshot_id FROM every_sighting);
INSERT INTO snapshot_quotes BY NAME FROM again_quotes WHERE snapshot_id IN (SELECT snapshot_id FROM every_sighting);
DELETE FROM snapshots WHERE snapshot_id IN (SELECT snapshot_id FROM again_snapshots);
DELETE FROM forgotten_snapshots WHERE snapshot_id IN (SELECT snapshot_id FROM again_snapshots);
INSERT INTO snapshots BY NAME FROM again_snapshots;

UPDATE files SET capture_id = NULL, mtime_ns = NULL, error = d.reason
FROM again_dropped d WHERE files.capture_id = d.capture_id;
DELETE FROM files
WHERE location IN (SELECT location FROM again_files) OR archive IN (SELECT location FROM again_files);
INSERT INTO files BY NAME FROM again_files;
