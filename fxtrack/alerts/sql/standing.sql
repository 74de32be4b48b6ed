-- For each page date of a source the first date of the ticker that stands still on it; the date itself where none does.
SELECT d.source, d.page_date, coalesce(s.since, d.page_date)
FROM (
    SELECT DISTINCT source, page_date FROM snapshots
    WHERE page_date <= $until AND ($source IS NULL OR source = $source)
) d
LEFT JOIN standing s ON s.source = d.source AND d.page_date BETWEEN s.first_date AND s.last_date
ORDER BY ALL
