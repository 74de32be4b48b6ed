-- The store's own quotes and bounds are what the views see again.
DROP TABLE temp.snapshots;
DROP TABLE temp.printed_quotes;
DROP VIEW temp.report_bounds;
DROP TABLE bounds;
DROP TABLE found;
DROP TABLE not_found;
DROP TABLE since;
DROP TABLE examined
