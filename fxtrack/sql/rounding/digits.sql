-- What the reports of $source since $since are printed with: decimals of percentages, most decimals of a rate.
SELECT list(DISTINCT reported_decimals ORDER BY reported_decimals), max(rate_decimals)
FROM dated_quotes
WHERE source = $source AND page_date >= $since AND reported_pct IS NOT NULL
