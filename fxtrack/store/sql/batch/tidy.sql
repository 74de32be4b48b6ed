-- Pages that were read anew keep the time of their run; snapshots that no page shows are deleted.
UPDATE captures SET ingested_utc = r.ingested_utc FROM retaken r WHERE captures.capture_id = r.capture_id;
CREATE OR REPLACE TEMP TABLE unseen AS
FROM retaken_snapshots
EXCEPT SELECT snapshot_id FROM captures WHERE snapshot_id IN (FROM retaken_snapshots)
EXCEPT SELECT snapshot_id FROM further_snapshots WHERE snapshot_id IN (FROM retaken_snapshots);
DELETE FROM snapshot_quotes WHERE snapshot_id IN (SELECT snapshot_id FROM unseen);
DELETE FROM snapshots WHERE snapshot_id IN (SELECT snapshot_id FROM unseen);
DROP TABLE unseen;
