-- Runs of missing dates, of a source and of single pairs, cut to the requested range.
WITH within AS (
    SELECT
        g.source, g.pair, greatest(g.first_missing, $from::DATE) AS first_missing, least(g.last_missing, $to::DATE) AS last_missing,
        g.first_missing >= $from::DATE IS NOT FALSE AND g.last_missing <= $to::DATE IS NOT FALSE AS whole, g.days
    FROM gaps g
    WHERE $source IS NULL OR g.source = $source
)
SELECT
    w.source, w.pair, w.first_missing, w.last_missing,
    CASE
        WHEN w.pair IS NULL THEN w.last_missing - w.first_missing + 1
        WHEN w.whole THEN w.days
        ELSE (
            SELECT count(*) FROM absent_pairs a
            WHERE a.source = w.source AND a.pair = w.pair AND a.page_date BETWEEN w.first_missing AND w.last_missing
        )
    END AS days
FROM within w
WHERE w.first_missing <= w.last_missing
ORDER BY w.source, w.first_missing, w.pair NULLS FIRST
