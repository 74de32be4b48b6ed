-- What the reports that count imply under each of the rules counted.
CREATE TEMP TABLE bounds AS
SELECT b.* FROM report_bounds b JOIN examined e ON e.source = b.source AND e.since <= b.page_date
