-- What the settings asked for when each source was last settled, and the rule in force.
SELECT
    source, lookback_days, rule_origin = 'configured', coalesce(pairs, []), pct_decimals IS NULL, change_decimals, pct_decimals
FROM sources
