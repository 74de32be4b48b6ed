-- The newest closes in the direction that people prefer, with their computed change, the verdict on a report, and the least move
-- that a report of zero hides.
SELECT
    l.source, l.pair, l.page_date, l.rate_text, l.reported_text, l.previous_date,
    l.change_pct, l.change_pct_low, l.change_pct_high, d.verdict, l.derived,
    CASE WHEN d.snapshot_id NOT IN (SELECT r.snapshot_id FROM repeats r) -- as in hidden_moves
        THEN hidden_move(d.gap_days, coalesce(d.reported_pct, d.reported_change), d.change_pct_low, d.change_pct_high)
    END AS hidden_move_pct
FROM latest_turned($prefer) l
LEFT JOIN deltas d ON d.snapshot_id = l.snapshot_id AND d.pair = l.pair
ORDER BY l.source, l.pair
