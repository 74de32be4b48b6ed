-- When the last page of each live source was captured, the oldest sighting first.
SELECT DISTINCT f.source, s.captured_utc
FROM fetches f
JOIN (
    SELECT capture_id, uri, captured_utc FROM captures
    UNION ALL
    SELECT capture_id, uri, captured_utc FROM further_sightings
) s ON s.capture_id = f.capture_id AND s.uri = f.page_url
WHERE s.captured_utc IS NOT NULL
ORDER BY ALL
