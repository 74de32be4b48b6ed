-- The newest page date of each source. A date later than tomorrow may be a misprint and does not count.
SELECT s.source, s.page_date, coalesce(counted.captures, 0)
FROM (SELECT source, max(page_date) FILTER (page_date <= $today + 1) AS page_date FROM snapshots GROUP BY source) s
LEFT JOIN (
    SELECT source, count(DISTINCT capture_id) AS captures
    FROM (
        SELECT capture_id, source FROM captures
        UNION ALL SELECT capture_id, source FROM further_snapshots
        UNION ALL SELECT capture_id, source FROM further_sightings
    )
    ANTI JOIN forgotten USING (capture_id)
    GROUP BY source
) counted USING (source)
ORDER BY s.source
