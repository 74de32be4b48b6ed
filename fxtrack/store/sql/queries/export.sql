SELECT
    d.source, d.page_date, d.pair, d.base, d.counter, d.rate, d.rate_decimals, d.reported_text, d.low, d.high, d.snapshots, d.captures,
    d.rate_text, as_printed(d.low, d.low_decimals) AS low_text, as_printed(d.high, d.high_decimals) AS high_text,
    d.low AS lowest, d.high AS highest, rate_of_atoms(d.least) AS rate_low, rate_of_atoms(d.most) AS rate_high,
    as_printed(d.low, d.low_decimals) AS lowest_text, as_printed(d.high, d.high_decimals) AS highest_text,
    low_text(d.least, d.most) AS rate_low_text, high_text(d.least, d.most) AS rate_high_text, NULL::VARCHAR AS derived
FROM (
    SELECT
        c.*, split_part(c.pair, '/', 1) AS base, split_part(c.pair, '/', 2) AS counter,
        atoms_of(c.rate) - atoms_of_half_tick AS least, atoms_of(c.rate) + atoms_of_half_tick AS most
    FROM (SELECT *, half_tick(rate_decimals)::HUGEINT * 500000000 AS atoms_of_half_tick FROM closes) c
) d
WHERE ($pair IS NULL OR d.pair = $pair) AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
ORDER BY d.source, d.page_date, d.pair
