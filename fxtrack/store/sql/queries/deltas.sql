SELECT
    source, page_date, pair, as_printed(rate, rate_decimals) AS rate,
    previous_date, as_printed(previous_rate, previous_decimals) AS previous_rate, gap_days,
    change_pct, change_pct_low, change_pct_high, reported_text AS reported, discrepancy_pp,
    as_printed(discrepancy, rate_decimals) AS discrepancy,
    as_printed(base_low, rate_decimals) AS base_low, as_printed(base_high, rate_decimals) AS base_high,
    verdict, hidden_move_pct, base_date, chance, chance_of, informative, beyond_evidence, NULL::VARCHAR AS derived, snapshot_id
FROM (
    -- sorted as numbers, converted to text afterwards: text is wider
    SELECT
        d.source, d.page_date, d.pair, d.rate, d.rate_decimals, d.previous_date, d.previous_rate, d.previous_decimals,
        d.gap_days, d.change_pct, d.change_pct_low, d.change_pct_high, d.reported_text, d.discrepancy_pp,
        d.discrepancy, d.base_low, d.base_high, d.verdict, d.base_date, d.hidden_move_pct,
        d.chance, d.chance_of, d.informative, d.beyond_evidence, d.snapshot_id
    FROM compared_moves d
    WHERE ($pair IS NULL OR d.pair = $pair) AND ($source IS NULL OR d.source = $source)
        AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
        AND ($verdict IS NULL OR d.verdict = $verdict)
        AND ($first_source IS NULL OR d.source >= $first_source) AND ($last_source IS NULL OR d.source <= $last_source)
    ORDER BY d.source, d.page_date, d.pair, d.snapshot_id
)
