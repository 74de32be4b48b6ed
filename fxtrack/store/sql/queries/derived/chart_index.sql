-- Any pair as an index, 100 at the last close on or before the base date.
SELECT i.source, i.pair, i.rate_date AS page_date, i.start_date, i.index_value, i.index_low, i.index_high, i.derived
FROM indexed($pair, $base) i
WHERE ($source IS NULL OR i.source = $source)
    AND ($from IS NULL OR i.rate_date >= $from::DATE) AND ($to IS NULL OR i.rate_date <= $to::DATE)
ORDER BY i.source, i.rate_date
