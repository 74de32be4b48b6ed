-- The rules that are tried, by number.
CREATE OR REPLACE TEMP TABLE tried_rules AS
SELECT
    unnest($sources::VARCHAR[]) AS source, unnest($change::INTEGER[]) AS change_decimals,
    unnest($pct::INTEGER[]) AS pct_decimals, unnest($mode::VARCHAR[]) AS rounding_mode,
    unnest(range(len($sources::VARCHAR[]))) AS rule
