-- The bounds of the reports that count, under each of the counted rules.
CREATE TEMP TABLE bounds AS
SELECT b.* FROM report_bounds b JOIN examined e ON e.source = b.source AND e.since <= b.page_date
