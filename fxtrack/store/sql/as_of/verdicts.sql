-- The reports, as settling judges them; then all dates count as changed, for the scripts that count over many dates.
CREATE TEMP VIEW explanations AS FROM found;
CREATE TEMP TABLE report_ranges AS FROM report_ranges;
INSERT INTO settled_ranges SELECT DISTINCT range_id, source, pair, meets_low, meets_high, holes FROM report_ranges;
INSERT INTO settled_reports BY NAME FROM judged_reports;
DROP VIEW temp.explanations;
DROP TABLE temp.report_ranges;
CREATE TEMP TABLE changed AS SELECT DISTINCT source, page_date FROM snapshots WHERE page_date IS NOT NULL;
