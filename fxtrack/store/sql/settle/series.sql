-- The likelihood of each date under each rule, with the assumption that suits the likeliest rule. Only for sources where two
-- successive rules are likelier than any single one by at least $least.
WITH totals AS (
    SELECT source, rule, assumption, sum(likelihood) AS likelihood FROM date_likelihood GROUP BY source, rule, assumption
), suited AS (
    SELECT source, arg_max(assumption, (likelihood, -assumption)) AS assumption FROM totals GROUP BY source
), series AS (
    SELECT d.source, d.rule, d.page_date, d.likelihood FROM date_likelihood d JOIN suited s USING (source, assumption)
), running AS (
    SELECT
        *, sum(likelihood) OVER (PARTITION BY source, rule ORDER BY page_date) AS before,
        sum(likelihood) OVER (PARTITION BY source, rule) AS whole
    FROM series
), parted AS (
    SELECT source, max(before) + max(whole - before) - max(whole) AS gain FROM running GROUP BY source, page_date
), worth AS (
    SELECT source FROM parted GROUP BY source HAVING max(gain) > $least
)
SELECT s.source, list(DISTINCT s.page_date ORDER BY s.page_date), s.rule, list(s.likelihood ORDER BY s.page_date)
FROM series s
SEMI JOIN worth w ON w.source = s.source
GROUP BY s.source, s.rule
ORDER BY s.source, s.rule
