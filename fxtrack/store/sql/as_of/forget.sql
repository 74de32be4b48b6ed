DROP VIEW temp.report_bounds;
DROP TABLE temp.bounds;
