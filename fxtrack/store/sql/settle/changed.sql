-- Dates whose snapshots, or the captures of these, changed since the last recomputing.
CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT source, page_date FROM unsettled
