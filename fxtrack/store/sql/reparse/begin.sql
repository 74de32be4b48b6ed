-- Tables for the pages as they are read now, beside those of the store: filled batch by batch, dropped with the connection.
CREATE OR REPLACE TEMP TABLE again_captures AS FROM captures LIMIT 0;
CREATE OR REPLACE TEMP TABLE again_further AS FROM further_snapshots LIMIT 0;
CREATE OR REPLACE TEMP TABLE again_sightings AS SELECT * EXCLUDE (again) FROM further_sightings LIMIT 0;
CREATE OR REPLACE TEMP TABLE again_snapshots AS FROM snapshots LIMIT 0;
CREATE OR REPLACE TEMP TABLE again_quotes AS FROM snapshot_quotes LIMIT 0;
CREATE OR REPLACE TEMP TABLE again_conflicts AS FROM conflict_quotes LIMIT 0;
CREATE OR REPLACE TEMP TABLE again_files AS FROM files LIMIT 0;
-- Captures whose page no longer belongs to any source.
CREATE OR REPLACE TEMP TABLE again_dropped (capture_id VARCHAR, reason VARCHAR);
-- When the stored sightings were ingested: reading a page again does not change that.
CREATE OR REPLACE TEMP TABLE known_times AS
SELECT capture_id, location, captured_utc, coalesce(sighting_ingested_utc, ingested_utc) AS known_utc FROM captures
UNION
SELECT capture_id, location, captured_utc, ingested_utc FROM further_sightings;
