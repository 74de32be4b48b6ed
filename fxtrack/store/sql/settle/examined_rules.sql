-- The rules that are tried: in place of those in force, which stay as they are.
CREATE TEMP TABLE rounding_rules AS
SELECT
    unnest($sources::VARCHAR[]) AS source, unnest($change::INTEGER[]) AS change_decimals,
    unnest($pct::INTEGER[]) AS pct_decimals, false AS chosen
