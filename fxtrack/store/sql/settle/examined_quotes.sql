-- The quotes that the rules are tried on, with those that they look back on. The views ask for their tables by name
-- alone, which a temporary table goes before: until these are dropped they see these quotes and no others.
CREATE TEMP TABLE sources AS SELECT source, lookback_days FROM examined;
CREATE TEMP TABLE snapshots AS
SELECT n.* FROM snapshots n JOIN examined e ON e.source = n.source WHERE n.page_date >= e.since - e.lookback_days;
CREATE TEMP TABLE printed_quotes AS FROM printed_quotes;
