SELECT
    d.source, d.page_date, d.pair, d.rate, d.rate_decimals, d.reported_text, d.low, d.high, d.snapshots, d.captures,
    d.rate_text, as_printed(d.low, d.low_decimals) AS low_text, as_printed(d.high, d.high_decimals) AS high_text,
    d.low AS lowest, d.high AS highest, NULL::DECIMAL(38, 18) AS rate_low, NULL::DECIMAL(38, 18) AS rate_high,
    as_printed(d.low, d.low_decimals) AS lowest_text, as_printed(d.high, d.high_decimals) AS highest_text,
    NULL::VARCHAR AS rate_low_text, NULL::VARCHAR AS rate_high_text, NULL::VARCHAR AS derived
FROM closes d
WHERE ($pair IS NULL OR d.pair = $pair) AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
ORDER BY d.source, d.page_date, d.pair
