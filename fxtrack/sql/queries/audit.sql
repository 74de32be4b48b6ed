SELECT * FROM audit
WHERE ($pair IS NULL OR pair = $pair) AND ($source IS NULL OR source = $source)
ORDER BY source, pair
