SELECT
    l.source, l.pair, l.page_date, l.rate_text AS rate, l.reported_text AS reported, l.previous_date,
    as_printed(l.previous_rate, l.previous_decimals) AS previous_rate, as_printed(l.change, l.rate_decimals) AS change,
    l.days_behind, NULL::VARCHAR AS rate_low, NULL::VARCHAR AS rate_high, NULL::VARCHAR AS derived
FROM latest l
WHERE ($pair IS NULL OR l.pair = $pair) AND ($source IS NULL OR l.source = $source)
ORDER BY l.source, l.pair
