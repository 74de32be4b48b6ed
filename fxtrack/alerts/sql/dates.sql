-- The page dates of each source. A date later than tomorrow may be a misprint and does not count.
SELECT DISTINCT source, page_date FROM snapshots
WHERE page_date <= $until AND ($source IS NULL OR source = $source)
ORDER BY ALL
