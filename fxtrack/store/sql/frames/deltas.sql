SELECT *, NULL AS derived FROM deltas WHERE pair = $pair
UNION ALL BY NAME
SELECT
    source, rate_date AS page_date, $pair AS pair, state AS snapshot_id, rate, decimals AS rate_decimals,
    rate_low, rate_high, previous_date, previous_rate, previous_decimals, gap_days, change_pct, change_pct_low,
    change_pct_high, 'not reported' AS verdict, derived
FROM pair_moves($pair)
WHERE derived IS NOT NULL AND state <> ''
