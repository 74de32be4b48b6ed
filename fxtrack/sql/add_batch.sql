-- One batch of pages into the store, each page, snapshot and file once. Captures go in last: the other statements ask
-- which of the batch's captures are new. A page whose bytes are known adds nothing, whatever its location says now.

INSERT INTO conflict_quotes SELECT * FROM new_conflicts ANTI JOIN captures USING (capture_id);

INSERT INTO snapshot_quotes
SELECT * FROM new_quotes ANTI JOIN snapshots USING (snapshot_id)
WHERE snapshot_id IN (SELECT snapshot_id FROM new_captures ANTI JOIN captures USING (capture_id));

INSERT INTO snapshots
SELECT * FROM new_snapshots ANTI JOIN snapshots USING (snapshot_id)
WHERE snapshot_id IN (SELECT snapshot_id FROM new_captures ANTI JOIN captures USING (capture_id));

INSERT INTO captures SELECT * FROM new_captures ANTI JOIN captures USING (capture_id);

DELETE FROM files WHERE location IN (SELECT location FROM new_files);
INSERT INTO files SELECT * FROM new_files;
