SELECT forgotten_utc, source, page_date, location, why, forgotten_by, capture_id
FROM forgotten
ORDER BY forgotten_utc, location, capture_id
