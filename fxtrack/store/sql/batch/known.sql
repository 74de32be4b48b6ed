-- Finds the rows of a batch that the store holds already. The batch is small and the store may be large, so one scan of the
-- store looks for the rows of the batch.
CREATE OR REPLACE TEMP TABLE known_captures AS
SELECT capture_id, captured_utc, ingested_utc, snapshot_id FROM captures SEMI JOIN new_captures USING (capture_id);
CREATE OR REPLACE TEMP TABLE known_snapshots AS
SELECT snapshot_id FROM snapshots SEMI JOIN new_snapshots USING (snapshot_id);

-- Known pages that turn out to have an earlier capture time.
CREATE OR REPLACE TEMP TABLE retaken AS
SELECT k.capture_id, k.ingested_utc, k.snapshot_id
FROM new_captures n
JOIN known_captures k USING (capture_id)
WHERE n.captured_utc < coalesce(k.captured_utc, 'infinity'::TIMESTAMP);

CREATE OR REPLACE TEMP TABLE retaken_snapshots AS
SELECT snapshot_id FROM retaken WHERE snapshot_id IS NOT NULL
UNION
SELECT snapshot_id FROM further_snapshots WHERE capture_id IN (SELECT capture_id FROM retaken);

CREATE OR REPLACE TEMP TABLE fresh AS
SELECT capture_id, snapshot_id, outcome, capture_id IN (SELECT capture_id FROM known_captures) AS known
FROM new_captures
WHERE NOT known OR capture_id IN (SELECT capture_id FROM retaken);

CREATE OR REPLACE TEMP TABLE fresh_sightings AS
SELECT snapshot_id, source, page_date FROM new_captures SEMI JOIN fresh USING (capture_id) WHERE snapshot_id IS NOT NULL
UNION ALL
SELECT snapshot_id, source, page_date FROM new_further SEMI JOIN fresh USING (capture_id);

-- The rows of an archive replace all earlier rows about that archive and its parts.
CREATE OR REPLACE TEMP TABLE known_files AS
SELECT rowid AS number FROM files SEMI JOIN new_files USING (location)
UNION
SELECT rowid FROM files WHERE archive IN (SELECT location FROM new_files);
