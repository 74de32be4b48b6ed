-- Dates whose snapshots, or the captures of these, changed since the reports were last settled.
CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT source, page_date FROM unsettled
