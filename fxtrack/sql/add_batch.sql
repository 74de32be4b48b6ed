-- One batch of pages into the store, each page, snapshot and file once. Captures go in last: the other statements ask
-- which of the batch's captures are new. A page whose bytes are known adds nothing, whatever its location says now,
-- unless it turns out to have been captured earlier: then it is taken anew, since its date may follow from that time.

CREATE OR REPLACE TEMP TABLE retaken AS
SELECT c.capture_id, c.ingested_utc, c.snapshot_id
FROM new_captures n
JOIN captures c USING (capture_id)
WHERE n.captured_utc < coalesce(c.captured_utc, 'infinity'::TIMESTAMP);
INSERT INTO unsettled
SELECT snapshot_id, source, page_date FROM snapshots
WHERE snapshot_id IN (SELECT snapshot_id FROM retaken) AND page_date IS NOT NULL;
DELETE FROM conflict_quotes WHERE capture_id IN (SELECT capture_id FROM retaken);
DELETE FROM captures WHERE capture_id IN (SELECT capture_id FROM retaken);

INSERT INTO conflict_quotes BY NAME SELECT * FROM new_conflicts ANTI JOIN captures USING (capture_id);

INSERT INTO snapshot_quotes BY NAME
SELECT * FROM new_quotes ANTI JOIN snapshots USING (snapshot_id)
WHERE snapshot_id IN (SELECT snapshot_id FROM new_captures ANTI JOIN captures USING (capture_id));

INSERT INTO snapshots BY NAME
SELECT * FROM new_snapshots ANTI JOIN snapshots USING (snapshot_id)
WHERE snapshot_id IN (SELECT snapshot_id FROM new_captures ANTI JOIN captures USING (capture_id));

INSERT INTO unsettled
SELECT DISTINCT snapshot_id, source, page_date FROM new_captures ANTI JOIN captures USING (capture_id)
WHERE snapshot_id IS NOT NULL AND page_date IS NOT NULL;

INSERT INTO captures BY NAME SELECT * FROM new_captures ANTI JOIN captures USING (capture_id);

UPDATE captures SET ingested_utc = r.ingested_utc FROM retaken r WHERE captures.capture_id = r.capture_id;
DELETE FROM snapshot_quotes
WHERE snapshot_id IN (SELECT snapshot_id FROM retaken) AND snapshot_id NOT IN (SELECT snapshot_id FROM captures WHERE snapshot_id IS NOT NULL);
DELETE FROM snapshots
WHERE snapshot_id IN (SELECT snapshot_id FROM retaken) AND snapshot_id NOT IN (SELECT snapshot_id FROM captures WHERE snapshot_id IS NOT NULL);
DROP TABLE retaken;

-- What is said of an archive replaces all that was said of it and of places in it.
DELETE FROM files
WHERE location IN (SELECT location FROM new_files) OR archive IN (SELECT location FROM new_files);
INSERT INTO files BY NAME SELECT * FROM new_files;
