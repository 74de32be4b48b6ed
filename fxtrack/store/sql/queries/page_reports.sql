-- The number of reports of each pair, and of those that a captured rate explains.
SELECT source, pair, count(reported_text) AS reports, count(*) FILTER (verdict IN ('agrees', 'agrees earlier')) AS agree
FROM deltas GROUP BY source, pair ORDER BY source, pair
