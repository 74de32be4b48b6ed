-- The settings of each source when last recomputed, and the rule in force.
SELECT
    source, lookback_days, rule_origin = 'configured', coalesce(pairs, []), pct_decimals IS NULL, change_decimals, pct_decimals,
    rounding_mode
FROM sources
