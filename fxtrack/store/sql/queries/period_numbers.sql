-- The periods of a pair as numbers, for files of typed columns.
SELECT p.* EXCLUDE (open_decimals, highest_decimals, lowest_decimals, close_decimals, mean_decimals)
FROM periods($pair, $every) p
WHERE ($source IS NULL OR p.source = $source)
    AND ($from IS NULL OR p.period_end >= $from::DATE) AND ($to IS NULL OR p.period_start <= $to::DATE)
ORDER BY p.source, p.period_start
