-- The newest closes in the direction that people prefer, with their computed change, the verdict on a report, and the least move
-- that a report of zero hides.
SELECT
    l.source, l.pair, l.page_date, l.rate_text, l.reported_text, l.previous_date,
    l.change_pct, l.change_pct_low, l.change_pct_high, d.verdict, l.derived,
    d.hidden_move_pct
FROM latest_turned($prefer) l
LEFT JOIN compared_moves d ON d.snapshot_id = l.snapshot_id AND d.pair = l.pair
ORDER BY l.source, l.pair
