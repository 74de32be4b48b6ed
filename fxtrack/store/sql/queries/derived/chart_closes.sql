-- The series of any pair with the range that the printed digits allow, unrounded: a line through rounded rates would show steps
-- that are none.
SELECT
    p.source, $pair AS pair, p.rate_date AS page_date, rate_of_atoms(p.n) AS rate, p.decimals AS rate_decimals,
    atoms_text(rounded_at(p.n, p.decimals), p.decimals) AS rate_text,
    rate_of_atoms(p.n_low) AS low, rate_of_atoms(p.n_high) AS high, p.derived
FROM pair_prices($pair) p
WHERE p.state = '' AND ($source IS NULL OR p.source = $source)
    AND ($from IS NULL OR p.rate_date >= $from::DATE) AND ($to IS NULL OR p.rate_date <= $to::DATE)
ORDER BY p.source, p.rate_date
