-- Captured days by month.
SELECT
    source, strftime(page_date, '%Y-%m') AS month, count(*) FILTER (NOT missing) AS captured, count(*) AS days,
    sum(captures) AS captures
FROM coverage
GROUP BY ALL
ORDER BY ALL;
