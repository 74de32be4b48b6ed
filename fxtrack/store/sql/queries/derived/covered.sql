SELECT
    m.source, min(m.page_date) AS first_date, max(m.page_date) AS last_date,
    count(m.rate_date) AS captured, count(*) AS days,
    count(m.rate_date) FILTER (m.stands_still) AS standing, any_value(m.derived) AS derived
FROM (
    SELECT c.source, c.page_date, c.stands_still, s.rate_date, s.derived, count(s.rate_date) OVER (PARTITION BY c.source) AS given
    FROM coverage c
    LEFT JOIN rate_series($pair) s ON s.source = c.source AND s.rate_date = c.page_date
) m
WHERE m.given > 0 AND ($source IS NULL OR m.source = $source)
    AND ($from IS NULL OR m.page_date >= $from::DATE) AND ($to IS NULL OR m.page_date <= $to::DATE)
GROUP BY m.source
ORDER BY m.source
