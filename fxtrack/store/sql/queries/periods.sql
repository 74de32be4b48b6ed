-- The weeks, months, quarters or years of a pair that have a day in the requested range; `sources` and `zones` are lists of equal
-- length.
SELECT
    p.source, p.pair, p.every, p.period_start, p.period_end,
    atoms_text(atoms_of(p.open), p.open_decimals) AS open,
    atoms_text(atoms_of(p.highest), p.highest_decimals) AS highest,
    atoms_text(atoms_of(p.lowest), p.lowest_decimals) AS lowest,
    atoms_text(atoms_of(p.close), p.close_decimals) AS close,
    atoms_text(atoms_of(p.mean), p.mean_decimals) AS mean,
    p.days_captured, p.days_possible,
    low_text(atoms_of(p.open_low), atoms_of(p.open_high)) AS open_low, high_text(atoms_of(p.open_low), atoms_of(p.open_high)) AS open_high,
    low_text(atoms_of(p.highest_low), atoms_of(p.highest_high)) AS highest_low, high_text(atoms_of(p.highest_low), atoms_of(p.highest_high)) AS highest_high,
    low_text(atoms_of(p.lowest_low), atoms_of(p.lowest_high)) AS lowest_low, high_text(atoms_of(p.lowest_low), atoms_of(p.lowest_high)) AS lowest_high,
    low_text(atoms_of(p.close_low), atoms_of(p.close_high)) AS close_low, high_text(atoms_of(p.close_low), atoms_of(p.close_high)) AS close_high,
    low_text(atoms_of(p.mean_low), atoms_of(p.mean_high)) AS mean_low, high_text(atoms_of(p.mean_low), atoms_of(p.mean_high)) AS mean_high,
    coalesce(list_extract($zones, list_position($sources, p.source)), 'UTC') AS time_zone, p.week_starts, p.derived
FROM periods($pair, $every) p
WHERE ($source IS NULL OR p.source = $source)
    AND ($from IS NULL OR p.period_end >= $from::DATE) AND ($to IS NULL OR p.period_start <= $to::DATE)
ORDER BY p.source, p.period_start
