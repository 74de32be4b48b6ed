-- The reports of a lot under the rules in force, as the views report_ranges and judged_reports define them, and the fit of the
-- snapshots as bases.
CREATE OR REPLACE TEMP VIEW explanations AS FROM found;
CREATE OR REPLACE TEMP VIEW report_bounds AS
SELECT b.* FROM bounds b JOIN lot l ON l.source = b.source AND l.page_date = b.page_date WHERE l.reports;
CREATE TEMP TABLE report_ranges AS FROM report_ranges;

INSERT INTO settled_ranges
SELECT DISTINCT range_id, source, pair, meets_low, meets_high, holes FROM report_ranges
ANTI JOIN settled_ranges USING (range_id);

INSERT INTO settled_reports BY NAME
SELECT j.*
FROM judged_reports j
JOIN snapshots s ON s.snapshot_id = j.snapshot_id
JOIN lot l ON l.source = s.source AND l.page_date = s.page_date
WHERE l.reports;
CREATE OR REPLACE TEMP VIEW report_bounds AS FROM bounds;

INSERT INTO settled_bases
SELECT e.*
FROM base_evidence e
JOIN snapshots s ON s.snapshot_id = e.snapshot_id
JOIN lot l ON l.source = s.source AND l.page_date = s.page_date
WHERE l.bases;

DROP TABLE temp.snapshots;
DROP TABLE temp.printed_quotes;
DROP TABLE temp.sightings;
DROP VIEW temp.report_bounds;
DROP VIEW temp.explanations;
DROP TABLE temp.report_ranges;
DROP TABLE bounds;
DROP TABLE found;
DROP TABLE not_found;
DROP TABLE lot;
