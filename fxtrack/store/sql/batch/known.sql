-- Finds the rows of a batch that the store holds already. The batch is small and the store may be large, so one scan of the
-- store looks for the rows of the batch.
CREATE OR REPLACE TEMP TABLE known_captures AS
SELECT capture_id, location, captured_utc, ingested_utc, snapshot_id FROM captures SEMI JOIN new_captures USING (capture_id);
CREATE OR REPLACE TEMP TABLE known_snapshots AS
SELECT snapshot_id FROM snapshots SEMI JOIN new_snapshots USING (snapshot_id);
CREATE OR REPLACE TEMP TABLE known_forgotten AS
SELECT snapshot_id FROM forgotten_snapshots SEMI JOIN new_snapshots USING (snapshot_id);

-- Known pages that turn out to have an earlier capture time.
CREATE OR REPLACE TEMP TABLE retaken AS
SELECT k.capture_id, k.ingested_utc, k.snapshot_id
FROM new_captures n
JOIN known_captures k USING (capture_id)
WHERE n.captured_utc < coalesce(k.captured_utc, 'infinity'::TIMESTAMP);

CREATE OR REPLACE TEMP TABLE fresh AS
SELECT capture_id, snapshot_id, outcome, capture_id IN (SELECT capture_id FROM known_captures) AS known
FROM new_captures
WHERE NOT known OR capture_id IN (SELECT capture_id FROM retaken);

-- Further sightings: pages of the batch whose bytes are known, and the stored row of a capture that is older than known.
CREATE OR REPLACE TEMP TABLE found_again AS
WITH mine AS (
    FROM new_captures ANTI JOIN fresh USING (capture_id)
), replaced AS (
    SELECT * EXCLUDE (sighting_ingested_utc) REPLACE (coalesce(sighting_ingested_utc, ingested_utc) AS ingested_utc)
    FROM captures SEMI JOIN retaken USING (capture_id)
), seen AS (
    FROM new_again
    UNION ALL BY NAME FROM mine
    UNION ALL BY NAME
    SELECT m.capture_id, f.source, m.location, m.uri, m.captured_utc, m.ingested_utc, f.page_date, f.snapshot_id
    FROM mine m JOIN new_further f USING (capture_id)
    UNION ALL BY NAME FROM replaced
    UNION ALL BY NAME
    SELECT r.capture_id, f.source, r.location, r.uri, r.captured_utc, r.ingested_utc, f.page_date, f.snapshot_id
    FROM replaced r JOIN further_snapshots f USING (capture_id)
)
SELECT DISTINCT s.*
FROM seen s
ANTI JOIN (
    SELECT capture_id, location, captured_utc FROM further_sightings
    UNION ALL
    SELECT capture_id, location, captured_utc FROM known_captures ANTI JOIN retaken USING (capture_id)
    UNION ALL
    SELECT capture_id, location, captured_utc FROM new_captures SEMI JOIN fresh USING (capture_id)
) k
    ON k.capture_id = s.capture_id AND k.location = s.location AND k.captured_utc IS NOT DISTINCT FROM s.captured_utc
-- a sighting that is both stored and in the batch stays as it was
QUALIFY rank() OVER (PARTITION BY s.capture_id, s.location, s.captured_utc ORDER BY s.ingested_utc) = 1;

-- Those of a forgotten capture are entered, and their snapshots kept out of everything derived.
CREATE OR REPLACE TEMP TABLE fresh_sightings AS
SELECT snapshot_id, source, page_date, f.capture_id IS NOT NULL AS forgotten
FROM (
    SELECT capture_id, snapshot_id, source, page_date
    FROM new_captures SEMI JOIN fresh USING (capture_id) WHERE snapshot_id IS NOT NULL
    UNION ALL
    SELECT capture_id, snapshot_id, source, page_date FROM new_further SEMI JOIN fresh USING (capture_id)
    UNION ALL
    SELECT capture_id, snapshot_id, source, page_date FROM found_again WHERE snapshot_id IS NOT NULL
) s
LEFT JOIN (SELECT capture_id FROM forgotten) f USING (capture_id);

-- The rows of an archive replace all earlier rows about that archive and its parts.
CREATE OR REPLACE TEMP TABLE known_files AS
SELECT rowid AS number FROM files SEMI JOIN new_files USING (location)
UNION
SELECT rowid FROM files WHERE archive IN (SELECT location FROM new_files);
