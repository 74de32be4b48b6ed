-- The ranges that reports allow for days not captured.
SELECT i.source, i.pair, i.rate_date, i.rate_low::DECIMAL(38, 18) AS low, i.rate_high::DECIMAL(38, 18) AS high
FROM implied i
WHERE list_contains($pairs, i.pair) AND ($source IS NULL OR i.source = $source) AND i.rate_high IS NOT NULL
    AND ($from IS NULL OR i.rate_date >= $from::DATE) AND ($to IS NULL OR i.rate_date <= $to::DATE)
ORDER BY i.source, i.pair, i.rate_date
