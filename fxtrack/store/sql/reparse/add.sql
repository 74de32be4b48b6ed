-- One batch of pages as they are read now. Of pages with the same bytes, the earliest capture counts.
CREATE OR REPLACE TEMP TABLE again_later AS
SELECT a.capture_id
FROM again_captures a JOIN new_captures n USING (capture_id)
WHERE n.captured_utc < coalesce(a.captured_utc, 'infinity'::TIMESTAMP);
DELETE FROM again_captures WHERE capture_id IN (SELECT capture_id FROM again_later);
DELETE FROM again_further WHERE capture_id IN (SELECT capture_id FROM again_later);
DELETE FROM again_conflicts WHERE capture_id IN (SELECT capture_id FROM again_later);

INSERT INTO again_conflicts BY NAME SELECT * FROM new_conflicts ANTI JOIN again_captures USING (capture_id);
INSERT INTO again_further BY NAME SELECT * FROM new_further ANTI JOIN again_captures USING (capture_id);
INSERT INTO again_captures BY NAME
SELECT n.* REPLACE (coalesce(c.ingested_utc, n.ingested_utc) AS ingested_utc)
FROM (FROM new_captures ANTI JOIN again_captures USING (capture_id)) n
LEFT JOIN captures c USING (capture_id);
INSERT INTO again_quotes BY NAME SELECT * FROM new_quotes ANTI JOIN again_snapshots USING (snapshot_id);
INSERT INTO again_snapshots BY NAME SELECT * FROM new_snapshots ANTI JOIN again_snapshots USING (snapshot_id);
INSERT INTO again_files BY NAME SELECT * FROM new_files ANTI JOIN again_files USING (location);
