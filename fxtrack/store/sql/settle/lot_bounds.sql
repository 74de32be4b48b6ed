-- What the reports of a lot imply. The views printed_quotes, report_bounds, explanations and base_evidence say what is to be
-- found. They ask for their tables by name alone, which a temporary table goes before: so they see what lies on the dates of
-- the lot, and nothing else is worked out.
CREATE TEMP TABLE snapshots AS SELECT s.* FROM snapshots s SEMI JOIN lot l ON l.source = s.source AND l.page_date = s.page_date;
CREATE TEMP TABLE printed_quotes AS FROM printed_quotes;
CREATE TEMP TABLE sightings AS
SELECT snapshot_id, captured_utc FROM sightings WHERE snapshot_id IN (SELECT snapshot_id FROM snapshots);
CREATE OR REPLACE TEMP TABLE bounds AS FROM report_bounds WHERE chosen;
