-- The pages as they are read now take the place of what the store held of them. Captures that were not read again, and
-- the snapshots that they show, stay as they are.
DELETE FROM captures WHERE capture_id IN (SELECT capture_id FROM again_captures UNION ALL SELECT capture_id FROM again_dropped);
DELETE FROM conflict_quotes WHERE capture_id IN (SELECT capture_id FROM again_captures UNION ALL SELECT capture_id FROM again_dropped);
INSERT INTO captures BY NAME FROM again_captures;
INSERT INTO conflict_quotes BY NAME FROM again_conflicts;

DELETE FROM snapshot_quotes
WHERE snapshot_id IN (SELECT snapshot_id FROM again_snapshots)
    OR snapshot_id NOT IN (SELECT snapshot_id FROM captures WHERE snapshot_id IS NOT NULL);
DELETE FROM snapshots
WHERE snapshot_id IN (SELECT snapshot_id FROM again_snapshots)
    OR snapshot_id NOT IN (SELECT snapshot_id FROM captures WHERE snapshot_id IS NOT NULL);
INSERT INTO snapshots BY NAME FROM again_snapshots WHERE snapshot_id IN (SELECT snapshot_id FROM again_captures);
INSERT INTO snapshot_quotes BY NAME FROM again_quotes WHERE snapshot_id IN (SELECT snapshot_id FROM again_captures);

UPDATE files SET capture_id = NULL, mtime_ns = NULL, error = d.reason
FROM again_dropped d WHERE files.capture_id = d.capture_id;
DELETE FROM files
WHERE location IN (SELECT location FROM again_files) OR archive IN (SELECT location FROM again_files);
INSERT INTO files BY NAME FROM again_files;
