SELECT
    source, min(page_date) AS first_date, max(page_date) AS last_date,
    count(*) FILTER (NOT missing) AS captured, count(*) AS days,
    count(*) FILTER (stands_still) AS standing, NULL::VARCHAR AS derived
FROM coverage
WHERE ($source IS NULL OR source = $source)
    AND ($from IS NULL OR page_date >= $from::DATE) AND ($to IS NULL OR page_date <= $to::DATE)
GROUP BY source
ORDER BY source
