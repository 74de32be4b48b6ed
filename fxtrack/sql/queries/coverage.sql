SELECT source, first_missing, last_missing, days
FROM gaps
WHERE ($source IS NULL OR source = $source)
    AND ($from IS NULL OR last_missing >= $from::DATE) AND ($to IS NULL OR first_missing <= $to::DATE)
ORDER BY source, first_missing
