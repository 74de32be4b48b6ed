SELECT
    c.source, c.pair, c.rate_date AS page_date, atoms_text(atoms_of(c.rate), c.rate_decimals) AS rate,
    CASE WHEN c.derived IS NULL THEN d.reported_text END AS reported, c.previous_date,
    atoms_text(atoms_of(c.previous_rate), c.previous_decimals) AS previous_rate,
    CASE WHEN c.change < 0 THEN '-' ELSE '' END || atoms_text(atoms_of(abs(c.change)), c.change_decimals) AS change,
    (SELECT max(v.page_date) FROM closes v WHERE v.source = c.source) - c.rate_date AS days_behind,
    low_text(atoms_of(c.rate_low), atoms_of(c.rate_high)) AS rate_low,
    high_text(atoms_of(c.rate_low), atoms_of(c.rate_high)) AS rate_high, c.derived
FROM rate_changes($pair) c
LEFT JOIN latest d ON d.source = c.source AND d.page_date = c.rate_date AND d.pair = c.pair
WHERE $source IS NULL OR c.source = $source
QUALIFY row_number() OVER (PARTITION BY c.source ORDER BY c.rate_date DESC) = 1
ORDER BY c.source
