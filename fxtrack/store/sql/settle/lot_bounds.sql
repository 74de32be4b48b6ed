-- The bounds of the reports of a lot. The views printed_quotes, report_bounds, explanations and base_evidence define them. The
-- views name their tables without a schema, and a temporary table hides a stored one of the same name: so they see the dates of
-- the lot, and compute nothing else.
CREATE TEMP TABLE snapshots AS SELECT s.* FROM snapshots s SEMI JOIN lot l ON l.source = s.source AND l.page_date = s.page_date;
CREATE TEMP TABLE printed_quotes AS FROM printed_quotes;
CREATE TEMP TABLE sightings AS
SELECT snapshot_id, captured_utc FROM sightings WHERE snapshot_id IN (SELECT snapshot_id FROM snapshots);
CREATE OR REPLACE TEMP TABLE bounds AS FROM report_bounds WHERE chosen;
