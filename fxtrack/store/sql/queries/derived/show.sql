-- The closes of any pair; a derived one has the close rule of the pair that it is the inverse of.
SELECT
    r.source, r.rate_date AS page_date, r.rate_text AS rate,
    low_text(atoms_of(r.rate_low), atoms_of(r.rate_high)) AS rate_low,
    high_text(atoms_of(r.rate_low), atoms_of(r.rate_high)) AS rate_high,
    atoms_text(atoms_of(r.lowest), r.lowest_decimals) AS lowest,
    atoms_text(atoms_of(r.highest), r.highest_decimals) AS highest,
    CASE WHEN r.derived IS NULL THEN d.reported_text END AS reported, r.snapshots, r.captures,
    CASE WHEN r.quote_pair IS NULL THEN d.close_rule END AS close_rule,
    r.derived,
    atoms_text(atoms_of(r.lowest), r.lowest_decimals) AS low,
    atoms_text(atoms_of(r.highest), r.highest_decimals) AS high -- earlier names
FROM rate_series($pair) r
LEFT JOIN daily d ON d.source = r.source AND d.page_date = r.rate_date AND d.pair = r.base_pair
WHERE ($source IS NULL OR r.source = $source)
    AND ($from IS NULL OR r.rate_date >= $from::DATE) AND ($to IS NULL OR r.rate_date <= $to::DATE)
ORDER BY r.source, r.rate_date
