-- What was computed beside what was reported.
SELECT
    d.source, d.pair, d.page_date, d.gap_days, d.change_pct, d.change_pct_low, d.change_pct_high, d.reported_pct, d.verdict
FROM deltas d
WHERE list_contains($pairs, d.pair) AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
ORDER BY d.source, d.pair, d.page_date, d.snapshot_id
