-- The digits of the reports that count, for each source in `examined`: decimals of percentages, and most decimals of
-- a rate. A source that drops trailing zeros prints fewer decimals than it rounds to, and a zero with none. So zeros do not
-- count, nor do fewer decimals than usual, unless a fifth of the reports have them.
WITH printed AS (
    SELECT q.source, q.reported_decimals AS decimals, sum(q.snapshots) AS reports
    FROM examined e
    JOIN printed_quotes q ON q.source = e.source AND q.page_date >= e.since
    WHERE q.reported_pct <> 0
    GROUP BY ALL
), usual AS (
    SELECT source, arg_max(decimals, (reports, -decimals)) AS decimals, sum(reports) AS reports FROM printed GROUP BY source
), most AS (
    -- decimals of printed rates; a change with more than nine in the price of 1 equals an exact one
    SELECT
        e.source,
        coalesce(least(max(q.rate_decimals - q.unit_decimals), 9 - max(q.unit_decimals)), 0)::INTEGER AS rate_decimals
    FROM examined e
    LEFT JOIN printed_quotes q ON q.source = e.source AND q.page_date >= e.since AND q.reported_pct IS NOT NULL
    GROUP BY e.source
)
SELECT
    m.source,
    coalesce(list(p.decimals ORDER BY p.decimals) FILTER (p.decimals >= u.decimals OR 5 * p.reports >= u.reports), []),
    any_value(m.rate_decimals)
FROM most m
LEFT JOIN usual u USING (source)
LEFT JOIN printed p USING (source)
GROUP BY m.source
