-- Every rate seen on every date, closes included.
SELECT DISTINCT d.source, d.pair, d.page_date, d.rate::DECIMAL(38, 18) AS rate
FROM dated_quotes d
WHERE list_contains($pairs, d.pair) AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
ORDER BY ALL
