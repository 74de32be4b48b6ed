-- The lots of `near`: their dates and the dates that these depend on, all of which are near the changes as well; and whether
-- the reports of a date, and its snapshots as bases, belong to the lot.
WITH spans AS (
    SELECT
        lot, source, min(page_date) - max(lookback_days) AS first_date, max(page_date) + max(lookback_days) AS last_date
    FROM near
    GROUP BY lot, source
)
SELECT
    list(n.source ORDER BY n.source, n.page_date), list(n.page_date ORDER BY n.source, n.page_date),
    list(n.lot = s.lot AND n.reports ORDER BY n.source, n.page_date),
    list(n.lot = s.lot AND n.bases ORDER BY n.source, n.page_date)
FROM spans s
JOIN near n ON n.source = s.source AND n.page_date BETWEEN s.first_date AND s.last_date
GROUP BY s.lot
ORDER BY s.lot
