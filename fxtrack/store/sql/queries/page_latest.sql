-- The newest closes with their computed change and verdict.
SELECT
    l.source, l.pair, l.page_date, l.rate_text, l.reported_text, d.previous_date,
    d.change_pct, d.change_pct_low, d.change_pct_high, d.verdict
FROM latest l
LEFT JOIN deltas d ON d.snapshot_id = l.snapshot_id AND d.pair = l.pair
ORDER BY l.source, l.pair
