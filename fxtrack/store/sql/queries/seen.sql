SELECT DISTINCT uri, date_trunc('second', captured_utc) AS captured_utc
FROM captures
WHERE source = $source AND uri IS NOT NULL AND captured_utc IS NOT NULL
