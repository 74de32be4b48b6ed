-- Every rate of any pair on every date, closes included.
SELECT DISTINCT p.source, $pair AS pair, p.rate_date AS page_date, rate_of_atoms(p.n) AS rate
FROM pair_prices($pair) p
WHERE ($source IS NULL OR p.source = $source)
    AND ($from IS NULL OR p.rate_date >= $from::DATE) AND ($to IS NULL OR p.rate_date <= $to::DATE)
ORDER BY ALL
