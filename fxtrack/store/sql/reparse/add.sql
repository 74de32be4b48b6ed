-- One batch of pages as they are read now. Of pages with the same bytes, the earliest is the capture, and the others are
-- further sightings.
CREATE OR REPLACE TEMP TABLE again_later AS
SELECT a.capture_id
FROM again_captures a JOIN new_captures n USING (capture_id)
WHERE n.captured_utc < coalesce(a.captured_utc, 'infinity'::TIMESTAMP);

INSERT INTO again_sightings BY NAME
WITH later AS (
    SELECT * EXCLUDE (sighting_ingested_utc) REPLACE (coalesce(sighting_ingested_utc, ingested_utc) AS ingested_utc)
    FROM again_captures SEMI JOIN again_later USING (capture_id)
), behind AS (
    SELECT * FROM new_captures SEMI JOIN again_captures USING (capture_id) ANTI JOIN again_later USING (capture_id)
), seen AS (
    FROM new_again
    UNION ALL BY NAME FROM behind
    UNION ALL BY NAME
    SELECT b.capture_id, f.source, b.location, b.uri, b.captured_utc, b.ingested_utc, f.page_date, f.snapshot_id
    FROM behind b JOIN new_further f USING (capture_id)
    UNION ALL BY NAME FROM later
    UNION ALL BY NAME
    SELECT l.capture_id, f.source, l.location, l.uri, l.captured_utc, l.ingested_utc, f.page_date, f.snapshot_id
    FROM later l JOIN again_further f USING (capture_id)
)
SELECT s.* REPLACE (coalesce(k.known_utc, s.ingested_utc) AS ingested_utc)
FROM seen s
LEFT JOIN known_times k
    ON k.capture_id = s.capture_id AND k.location = s.location AND k.captured_utc IS NOT DISTINCT FROM s.captured_utc;

DELETE FROM again_captures WHERE capture_id IN (SELECT capture_id FROM again_later);
DELETE FROM again_further WHERE capture_id IN (SELECT capture_id FROM again_later);
DELETE FROM again_conflicts WHERE capture_id IN (SELECT capture_id FROM again_later);

INSERT INTO again_conflicts BY NAME SELECT * FROM new_conflicts ANTI JOIN again_captures USING (capture_id);
INSERT INTO again_further BY NAME SELECT * FROM new_further ANTI JOIN again_captures USING (capture_id);
INSERT INTO again_captures BY NAME
SELECT
    n.* REPLACE (coalesce(c.ingested_utc, n.ingested_utc) AS ingested_utc),
    nullif(coalesce(k.known_utc, n.ingested_utc), coalesce(c.ingested_utc, n.ingested_utc)) AS sighting_ingested_utc
FROM (FROM new_captures ANTI JOIN again_captures USING (capture_id)) n
LEFT JOIN captures c USING (capture_id)
LEFT JOIN known_times k
    ON k.capture_id = n.capture_id AND k.location = n.location AND k.captured_utc IS NOT DISTINCT FROM n.captured_utc;
INSERT INTO again_quotes BY NAME SELECT * FROM new_quotes ANTI JOIN again_snapshots USING (snapshot_id);
INSERT INTO again_snapshots BY NAME SELECT * FROM new_snapshots ANTI JOIN again_snapshots USING (snapshot_id);
INSERT INTO again_files BY NAME SELECT * FROM new_files ANTI JOIN again_files USING (location);
