-- The number of deltas of each source, known before they are computed.
SELECT d.source, count(*) AS quotes
FROM dated_quotes d
WHERE ($pair IS NULL OR d.pair = $pair) AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
GROUP BY d.source
ORDER BY d.source
