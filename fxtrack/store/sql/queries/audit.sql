SELECT a.* REPLACE (as_printed(a.smallest_report_change, 0) AS smallest_report_change)
FROM audited_pairs a
WHERE ($pair IS NULL OR a.pair = $pair) AND ($source IS NULL OR a.source = $source)
    AND ($first_source IS NULL OR a.source >= $first_source) AND ($last_source IS NULL OR a.source <= $last_source)
ORDER BY a.source, a.pair
