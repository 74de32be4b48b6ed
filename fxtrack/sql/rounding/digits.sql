-- For each source in `examined`: since when its reports count (null where it has none), and what these are printed with:
-- decimals of percentages, most decimals of a rate.
SELECT
    e.source, any_value(f.page_date),
    coalesce(list(DISTINCT q.reported_decimals ORDER BY q.reported_decimals) FILTER (q.reported_pct IS NOT NULL), []),
    coalesce(max(q.rate_decimals) FILTER (q.reported_pct IS NOT NULL), 0)
FROM examined e
LEFT JOIN since f ON f.source = e.source
LEFT JOIN printed_quotes q ON q.source = e.source AND q.page_date >= f.page_date
GROUP BY e.source
