SELECT
    d.source, d.page_date, d.pair, as_printed(d.rate, d.rate_decimals) AS rate,
    d.previous_date, as_printed(d.previous_rate, d.previous_decimals) AS previous_rate, d.gap_days,
    d.change_pct, d.change_pct_low, d.change_pct_high, d.reported_text AS reported, d.discrepancy_pp,
    as_printed(d.discrepancy, d.rate_decimals) AS discrepancy,
    as_printed(d.base_low, d.rate_decimals) AS base_low, as_printed(d.base_high, d.rate_decimals) AS base_high,
    d.verdict, d.base_date, d.snapshot_id
FROM deltas d
WHERE ($pair IS NULL OR d.pair = $pair) AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
    AND ($verdict IS NULL OR d.verdict = $verdict)
ORDER BY d.source, d.page_date, d.pair, d.snapshot_id
