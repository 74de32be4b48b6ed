-- The daily series with the range of true rates that print as each close: half a tick either way.
SELECT
    d.source, d.pair, d.page_date, d.rate::DECIMAL(38, 18) AS rate, d.rate_decimals, d.rate_text,
    ((units(d.rate) - half_tick(d.rate_decimals))::DECIMAL(28, 0) * 0.0000000005::DECIMAL(10, 10))::DECIMAL(38, 18) AS low,
    ((units(d.rate) + half_tick(d.rate_decimals))::DECIMAL(28, 0) * 0.0000000005::DECIMAL(10, 10))::DECIMAL(38, 18) AS high,
    NULL::VARCHAR AS derived
FROM closes d
WHERE list_contains($pairs, d.pair) AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
ORDER BY d.source, d.pair, d.page_date
