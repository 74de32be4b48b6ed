-- All dates, and no old results: the changed dates are unknown.
CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT source, page_date FROM snapshots WHERE page_date IS NOT NULL;
DELETE FROM settled_reports;
DELETE FROM settled_bases;
DELETE FROM settled_ranges;
DELETE FROM settled_rates;
DELETE FROM settled_lags;
DELETE FROM settled_outliers;
