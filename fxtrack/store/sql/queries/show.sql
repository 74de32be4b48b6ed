SELECT
    d.source, d.page_date, d.rate_text AS rate, NULL::VARCHAR AS rate_low, NULL::VARCHAR AS rate_high,
    as_printed(d.lowest, d.lowest_decimals) AS lowest, as_printed(d.highest, d.highest_decimals) AS highest,
    d.reported_text AS reported, d.snapshots, d.captures, d.close_rule,
    NULL::VARCHAR AS derived,
    as_printed(d.lowest, d.lowest_decimals) AS low, as_printed(d.highest, d.highest_decimals) AS high -- earlier names
FROM daily d
WHERE d.pair = $pair AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
ORDER BY d.source, d.page_date
