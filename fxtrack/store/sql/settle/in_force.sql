-- The look-back of each source, and its rules in force with their periods.
SELECT s.source, s.lookback_days, r.change_decimals, r.pct_decimals, r.rounding_mode, r.decided, r.valid_from, r.valid_to
FROM sources s
JOIN rounding_rules r ON r.source = s.source
WHERE r.chosen
ORDER BY ALL
