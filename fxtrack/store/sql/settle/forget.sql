-- The store's own tables are what the views see again.
DROP TABLE temp.sources;
DROP TABLE temp.snapshots;
DROP TABLE temp.printed_quotes;
DROP TABLE temp.rounding_rules;
DROP VIEW temp.report_bounds;
DROP TABLE bounds;
DROP TABLE found;
DROP TABLE not_found;
DROP TABLE examined
