-- The number of dated captures from which any pair comes; those that show both legs.
SELECT p.source, $pair AS pair, count(*) AS captures
FROM pair_fractions($pair) p
JOIN sightings s ON s.snapshot_id = p.state
WHERE ($source IS NULL OR p.source = $source)
    AND ($from IS NULL OR p.page_date >= $from::DATE) AND ($to IS NULL OR p.page_date <= $to::DATE)
GROUP BY p.source
ORDER BY p.source
