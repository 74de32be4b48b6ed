-- Pages that were taken anew keep the time of their run; snapshots that nothing shows any more go.
UPDATE captures SET ingested_utc = r.ingested_utc FROM retaken r WHERE captures.capture_id = r.capture_id;
CREATE OR REPLACE TEMP TABLE unseen AS
SELECT snapshot_id FROM retaken WHERE snapshot_id IS NOT NULL
EXCEPT SELECT snapshot_id FROM captures WHERE snapshot_id IN (SELECT snapshot_id FROM retaken);
DELETE FROM snapshot_quotes WHERE snapshot_id IN (SELECT snapshot_id FROM unseen);
DELETE FROM snapshots WHERE snapshot_id IN (SELECT snapshot_id FROM unseen);
DROP TABLE unseen;
