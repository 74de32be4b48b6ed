-- Captures per calendar day, and whether the ticker stands still; missing days are rows too.
SELECT c.source, c.page_date, c.captures, c.stands_still
FROM coverage c
WHERE ($source IS NULL OR c.source = $source)
    AND ($from IS NULL OR c.page_date >= $from::DATE) AND ($to IS NULL OR c.page_date <= $to::DATE)
ORDER BY c.source, c.page_date
