-- Each rule in each period: the likelihood of its reports under each assumption, the reports that it explains and makes
-- possible, and the number of explained ones that are informative.
WITH summed AS (
    SELECT p.source, p.period, d.rule, d.assumption, sum(d.likelihood)::BIGINT AS likelihood
    FROM periods p
    JOIN date_likelihood d
        ON d.source = p.source AND d.page_date >= coalesce(p.valid_from, d.page_date)
        AND (d.page_date < p.valid_to OR p.valid_to IS NULL)
    GROUP BY p.source, p.period, d.rule, d.assumption
), judged AS (
    SELECT
        p.source, p.period, l.rule,
        bit_xor(hash(t.report_id)) FILTER (l.near > 1e-9 OR l.exact > 0) AS explained,
        bit_xor(hash(t.report_id)) FILTER (l.anywhere > 0) AS possible,
        count(*) FILTER (NOT l.zero AND greatest(l.near, l.exact) > 4 * l.anywhere) AS informative
    FROM periods p
    JOIN tried_reports t
        ON t.source = p.source AND t.page_date >= coalesce(p.valid_from, t.page_date)
        AND (t.page_date < p.valid_to OR p.valid_to IS NULL)
    JOIN likely l ON l.report_id = t.report_id
    GROUP BY p.source, p.period, l.rule
)
SELECT
    s.source, s.period, s.rule, list(s.likelihood ORDER BY s.assumption),
    any_value(j.explained), any_value(j.possible), coalesce(any_value(j.informative), 0)
FROM summed s
LEFT JOIN judged j ON j.source = s.source AND j.period = s.period AND j.rule = s.rule
GROUP BY s.source, s.period, s.rule
ORDER BY s.source, s.period, s.rule
