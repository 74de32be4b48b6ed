-- Not from coverage, which also says of each day which pairs it lacks.
WITH days AS (
    SELECT source, page_date FROM sightings
    WHERE page_date IS NOT NULL AND ($source IS NULL OR source = $source)
    GROUP BY source, page_date
), spans AS (
    SELECT
        source, greatest(min(page_date), $from::DATE) AS first_date, least(max(page_date), $to::DATE) AS last_date
    FROM days GROUP BY source
)
SELECT
    s.source, s.first_date, s.last_date, count(d.page_date) AS captured, s.last_date - s.first_date + 1 AS days,
    count(t.source) AS standing, NULL::VARCHAR AS derived
FROM spans s
LEFT JOIN days d ON d.source = s.source AND d.page_date BETWEEN s.first_date AND s.last_date
LEFT JOIN standing t ON t.source = d.source AND d.page_date BETWEEN t.first_date AND t.last_date
WHERE s.first_date <= s.last_date
GROUP BY s.source, s.first_date, s.last_date
ORDER BY s.source
