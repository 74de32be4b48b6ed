-- What the reports that count are printed with, for each source in `examined`: decimals of percentages, most decimals of a
-- rate.
SELECT
    e.source,
    coalesce(list(DISTINCT q.reported_decimals ORDER BY q.reported_decimals) FILTER (q.reported_pct IS NOT NULL), []),
    coalesce(max(q.rate_decimals) FILTER (q.reported_pct IS NOT NULL), 0)
FROM examined e
LEFT JOIN printed_quotes q ON q.source = e.source AND q.page_date >= e.since
GROUP BY e.source
