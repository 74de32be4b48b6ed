-- The rules whose reports are counted; they hide those in force, which do not change.
CREATE TEMP TABLE rounding_rules AS
SELECT
    unnest($sources::VARCHAR[]) AS source, unnest($change::INTEGER[]) AS change_decimals,
    unnest($pct::INTEGER[]) AS pct_decimals, unnest($mode::VARCHAR[]) AS rounding_mode, false AS chosen,
    NULL::DATE AS valid_from, NULL::DATE AS valid_to
