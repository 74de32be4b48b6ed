SELECT a.* REPLACE (as_printed(a.smallest_report_change, 0) AS smallest_report_change), coalesce(h.hidden_moves, 0) AS hidden_moves
FROM audit a
LEFT JOIN (SELECT source, pair, count(*) AS hidden_moves FROM hidden_moves GROUP BY source, pair) h
    ON h.source = a.source AND h.pair = a.pair
WHERE ($pair IS NULL OR a.pair = $pair) AND ($source IS NULL OR a.source = $source)
    AND ($first_source IS NULL OR a.source >= $first_source) AND ($last_source IS NULL OR a.source <= $last_source)
ORDER BY a.source, a.pair
