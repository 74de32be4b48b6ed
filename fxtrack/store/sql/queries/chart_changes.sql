-- Computed and reported changes, in percent. An absolute change is a percentage of the rate that it implies: the printed rate
-- less the change.
SELECT
    d.source, d.pair, d.page_date, d.gap_days, d.change_pct_low, d.change_pct_high, d.verdict,
    d.snapshot_id,
    d.reported_change IS NOT NULL AND d.reported_pct IS NULL AS is_absolute,
    CASE
        WHEN NOT is_absolute THEN d.reported_pct
        WHEN d.reported_change < d.rate THEN pct_round(units(d.reported_change), units(d.rate) - units(d.reported_change))
    END AS reported,
    d.hidden_move_pct IS NOT NULL AS hidden
FROM compared_moves d
WHERE list_contains($pairs, d.pair) AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
ORDER BY d.source, d.pair, d.page_date, d.snapshot_id
