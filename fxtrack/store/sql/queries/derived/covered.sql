SELECT
    c.source, min(c.page_date) AS first_date, max(c.page_date) AS last_date,
    count(s.rate_date) AS captured, count(*) AS days, any_value(s.derived) AS derived
FROM coverage c
LEFT JOIN rate_series($pair) s ON s.source = c.source AND s.rate_date = c.page_date
WHERE c.source IN (SELECT g.source FROM rate_series($pair) g) AND ($source IS NULL OR c.source = $source)
    AND ($from IS NULL OR c.page_date >= $from::DATE) AND ($to IS NULL OR c.page_date <= $to::DATE)
GROUP BY c.source
ORDER BY c.source
