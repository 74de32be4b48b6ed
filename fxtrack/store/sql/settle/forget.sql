-- Drops the temporary tables, so that the views see the stored ones again.
DROP TABLE temp.sources;
DROP TABLE temp.snapshots;
DROP TABLE temp.printed_quotes;
DROP TABLE temp.rounding_rules;
DROP VIEW temp.report_bounds;
DROP TABLE bounds;
DROP TABLE found;
DROP TABLE not_found;
DROP TABLE examined;
DROP TABLE tried_reports;
DROP TABLE tried_bases;
DROP TABLE tried_rules;
DROP TABLE asked;
DROP TABLE likely;
DROP TABLE date_likelihood;
DROP TABLE periods
