-- Makes one batch of several, whose rows are numbered by `part`, so that adding it gives what adding them in order gives:
-- of captures with the same bytes the earliest counts, of equally early ones the first.
CREATE OR REPLACE TEMP TABLE kept_captures AS
SELECT capture_id, part FROM part_captures
QUALIFY row_number() OVER (PARTITION BY capture_id ORDER BY captured_utc NULLS LAST, part) = 1;

CREATE OR REPLACE TEMP TABLE new_captures AS
SELECT * EXCLUDE (part) REPLACE (getvariable('taken_in') AS ingested_utc)
FROM part_captures SEMI JOIN kept_captures USING (capture_id, part)
ORDER BY part;
CREATE OR REPLACE TEMP TABLE new_further AS
SELECT * EXCLUDE (part) FROM part_further SEMI JOIN kept_captures USING (capture_id, part);
CREATE OR REPLACE TEMP TABLE new_conflicts AS
SELECT * EXCLUDE (part) FROM part_conflicts SEMI JOIN kept_captures USING (capture_id, part);

-- The others are further sightings, each with a row without an outcome for every snapshot beside its first.
CREATE OR REPLACE TEMP TABLE new_again AS
WITH others AS (
    SELECT * EXCLUDE (part) REPLACE (getvariable('taken_in') AS ingested_utc), part AS of_part
    FROM part_captures ANTI JOIN kept_captures USING (capture_id, part)
)
SELECT DISTINCT * FROM (
    SELECT * EXCLUDE (part) REPLACE (getvariable('taken_in') AS ingested_utc) FROM part_again
    UNION ALL BY NAME
    SELECT * EXCLUDE (of_part) FROM others
    UNION ALL BY NAME
    SELECT o.capture_id, f.source, o.location, o.uri, o.captured_utc, o.ingested_utc, f.page_date, f.snapshot_id
    FROM others o JOIN part_further f ON f.capture_id = o.capture_id AND f.part = o.of_part
);

-- A snapshot has the same rows in every part.
CREATE OR REPLACE TEMP TABLE first_snapshots AS
SELECT snapshot_id, min(part) AS part FROM part_snapshots GROUP BY snapshot_id;
CREATE OR REPLACE TEMP TABLE new_snapshots AS
SELECT * EXCLUDE (part) FROM part_snapshots SEMI JOIN first_snapshots USING (snapshot_id, part);
CREATE OR REPLACE TEMP TABLE new_quotes AS
SELECT * EXCLUDE (part) FROM part_quotes SEMI JOIN first_snapshots USING (snapshot_id, part);

CREATE OR REPLACE TEMP TABLE new_files AS
SELECT * EXCLUDE (part) REPLACE (getvariable('taken_in') AS seen_utc) FROM part_files;
