-- How far each source has come. A page date of tomorrow or later may be a slip of the page: it makes nothing fresh.
SELECT
    s.source, max(s.page_date) FILTER (s.page_date <= $today + 1),
    (SELECT max(coalesce(c.captured_utc, c.ingested_utc)) FROM captures c WHERE c.source = s.source AND c.snapshot_id <> ''),
    (SELECT count(*) FROM captures c WHERE c.source = s.source)
FROM snapshots s
GROUP BY s.source
ORDER BY s.source
