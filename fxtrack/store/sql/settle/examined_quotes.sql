-- The quotes that the rules are tried on, with the quotes of the look-back before them. The views name their tables without a
-- schema, and a temporary table hides a stored one of the same name: until these are dropped, the views see only these quotes.
CREATE TEMP TABLE sources AS SELECT source, lookback_days FROM examined;
CREATE TEMP TABLE snapshots AS
SELECT n.* FROM snapshots n JOIN examined e ON e.source = n.source WHERE n.page_date >= e.since - e.lookback_days;
CREATE TEMP TABLE printed_quotes AS FROM printed_quotes;
