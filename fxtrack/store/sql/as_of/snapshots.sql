CREATE TEMP TABLE snapshots AS SELECT s.* FROM every_snapshot s WHERE s.snapshot_id IN (SELECT g.snapshot_id FROM sightings g);
CREATE TEMP TABLE settled_bases AS FROM settled_bases LIMIT 0;
CREATE TEMP TABLE settled_reports AS FROM settled_reports LIMIT 0;
CREATE TEMP TABLE settled_ranges AS FROM settled_ranges LIMIT 0;
CREATE TEMP TABLE settled_rates AS FROM settled_rates LIMIT 0;
CREATE TEMP TABLE settled_lags AS FROM settled_lags LIMIT 0;
CREATE TEMP TABLE settled_outliers AS FROM settled_outliers LIMIT 0;
