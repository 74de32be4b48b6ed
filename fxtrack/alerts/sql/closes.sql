-- The closes of every series that has one on or after $first, with the ranges that their digits allow.
WITH concerned AS (
    SELECT DISTINCT s.source, q.pair
    FROM snapshots s JOIN snapshot_quotes q USING (snapshot_id)
    WHERE s.page_date BETWEEN $first AND $until
        AND ($source IS NULL OR s.source = $source) AND ($pair IS NULL OR q.pair = $pair)
)
SELECT
    c.source, c.pair, c.page_date,
    units(c.rate) - half_tick(c.rate_decimals), units(c.rate) + half_tick(c.rate_decimals), c.rate_text
FROM closes c
JOIN concerned USING (source, pair)
WHERE c.page_date BETWEEN $from AND $until
ORDER BY ALL
