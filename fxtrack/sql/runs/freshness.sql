-- How far each source has come. A page date of tomorrow or later may be a slip of the page: it makes nothing fresh.
SELECT s.source, s.page_date, seen.captured_utc, coalesce(counted.captures, 0)
FROM (SELECT source, max(page_date) FILTER (page_date <= $today + 1) AS page_date FROM snapshots GROUP BY source) s
LEFT JOIN (
    SELECT source, max(coalesce(captured_utc, ingested_utc)) AS captured_utc FROM captures WHERE snapshot_id <> ''
    GROUP BY source
) seen USING (source)
LEFT JOIN (SELECT source, count(*) AS captures FROM captures GROUP BY source) counted USING (source)
ORDER BY s.source
