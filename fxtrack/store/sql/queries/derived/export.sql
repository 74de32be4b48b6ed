SELECT
    r.source, r.rate_date AS page_date, r.pair, split_part(r.pair, '/', 1) AS base, split_part(r.pair, '/', 2) AS counter, r.rate, r.rate_decimals,
    CASE WHEN r.derived IS NULL THEN d.reported_text END AS reported_text,
    r.lowest AS low, r.highest AS high, r.snapshots, r.captures, r.rate_text,
    atoms_text(atoms_of(r.lowest), r.lowest_decimals) AS low_text,
    atoms_text(atoms_of(r.highest), r.highest_decimals) AS high_text,
    r.lowest, r.highest, r.rate_low, r.rate_high,
    atoms_text(atoms_of(r.lowest), r.lowest_decimals) AS lowest_text,
    atoms_text(atoms_of(r.highest), r.highest_decimals) AS highest_text,
    low_text(atoms_of(r.rate_low), atoms_of(r.rate_high)) AS rate_low_text,
    high_text(atoms_of(r.rate_low), atoms_of(r.rate_high)) AS rate_high_text, r.derived
FROM rate_series($pair) r
LEFT JOIN closes d ON d.source = r.source AND d.page_date = r.rate_date AND d.pair = $pair
WHERE ($source IS NULL OR r.source = $source)
    AND ($from IS NULL OR r.rate_date >= $from::DATE) AND ($to IS NULL OR r.rate_date <= $to::DATE)
ORDER BY r.source, r.rate_date
