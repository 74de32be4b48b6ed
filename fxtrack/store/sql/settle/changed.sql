-- Dates whose snapshots, or the captures of these, changed since results were last recomputed.
CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT source, page_date FROM unsettled
