SELECT DISTINCT uri, date_trunc('second', captured_utc) AS captured_utc
FROM (
    SELECT uri, captured_utc FROM captures WHERE source = $source
    UNION ALL
    SELECT uri, captured_utc FROM further_sightings WHERE source = $source
)
WHERE uri IS NOT NULL AND captured_utc IS NOT NULL
