SELECT * REPLACE (as_printed(smallest_report_change, 0) AS smallest_report_change)
FROM audit
WHERE ($pair IS NULL OR pair = $pair) AND ($source IS NULL OR source = $source)
ORDER BY source, pair
