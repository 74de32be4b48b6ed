-- Computed changes of any pair: those of printed quotes with their reports, and of derived rates without, since a report refers
-- to the printed rate.
SELECT
    d.source, d.page_date, d.pair, as_printed(d.rate, d.rate_decimals) AS rate,
    d.previous_date, as_printed(d.previous_rate, d.previous_decimals) AS previous_rate, d.gap_days,
    d.change_pct, d.change_pct_low, d.change_pct_high, d.reported_text AS reported, d.discrepancy_pp,
    as_printed(d.discrepancy, d.rate_decimals) AS discrepancy,
    as_printed(d.base_low, d.rate_decimals) AS base_low, as_printed(d.base_high, d.rate_decimals) AS base_high,
    d.verdict, d.hidden_move_pct, d.base_date, d.chance, d.chance_of, d.informative, d.beyond_evidence, NULL::VARCHAR AS derived, d.snapshot_id
FROM compared_moves d
WHERE d.pair = $pair AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
    AND ($verdict IS NULL OR d.verdict = $verdict)
UNION ALL
SELECT
    m.source, m.rate_date, $pair, atoms_text(rounded_at(m.n, m.decimals), m.decimals),
    m.previous_date, atoms_text(atoms_of(m.previous_rate), m.previous_decimals), m.gap_days,
    m.change_pct, m.change_pct_low, m.change_pct_high, NULL, NULL, NULL, NULL, NULL, 'not reported', NULL, NULL, NULL, NULL, NULL, NULL,
    m.derived, m.state
FROM pair_moves($pair) m
WHERE m.derived IS NOT NULL AND m.state <> '' AND ($source IS NULL OR m.source = $source)
    AND ($from IS NULL OR m.rate_date >= $from::DATE) AND ($to IS NULL OR m.rate_date <= $to::DATE)
    AND ($verdict IS NULL OR 'not reported' = $verdict)
ORDER BY source, page_date, snapshot_id
