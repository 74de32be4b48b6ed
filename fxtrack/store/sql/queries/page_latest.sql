-- The newest closes in the direction that people prefer, with their computed change, and the verdict on a report.
SELECT
    l.source, l.pair, l.page_date, l.rate_text, l.reported_text, l.previous_date,
    l.change_pct, l.change_pct_low, l.change_pct_high, d.verdict, l.derived
FROM latest_turned($prefer) l
LEFT JOIN deltas d ON d.snapshot_id = l.snapshot_id AND d.pair = l.pair
ORDER BY l.source, l.pair
