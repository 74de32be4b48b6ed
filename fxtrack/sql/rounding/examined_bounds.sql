-- What the reports that count imply under each of the rules tried.
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT b.*
FROM report_bounds b
JOIN since f ON f.source = b.source AND f.page_date <= b.page_date
