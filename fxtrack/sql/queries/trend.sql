SELECT d.source, d.page_date, d.rate, d.rate_decimals
FROM daily d
WHERE d.pair = $pair
ORDER BY d.source, d.page_date
