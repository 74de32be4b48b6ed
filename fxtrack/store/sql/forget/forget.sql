INSERT INTO forgotten BY NAME
SELECT capture_id, source, page_date, location, $why AS why, $by AS forgotten_by, $now::TIMESTAMP AS forgotten_utc
FROM captures
WHERE capture_id = $capture_id
