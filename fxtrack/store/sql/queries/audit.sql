SELECT * REPLACE (as_printed(smallest_report_change, 0) AS smallest_report_change)
FROM audit
WHERE ($pair IS NULL OR pair = $pair) AND ($source IS NULL OR source = $source)
    AND ($first_source IS NULL OR source >= $first_source) AND ($last_source IS NULL OR source <= $last_source)
ORDER BY source, pair
