-- The newest $pages pages of $source and the $history before them, and how many of either show a ticker. Pages that
-- hold no text say nothing.
WITH newest_first AS (
    SELECT outcome <> 'no ticker' AS shown, ingested_utc, rowid AS number
    FROM captures
    WHERE source = $source AND outcome <> 'unreadable'
    ORDER BY ingested_utc DESC, number DESC
    LIMIT $pages + $history
), lots AS (
    SELECT shown, row_number() OVER (ORDER BY ingested_utc DESC, number DESC) <= $pages AS newest FROM newest_first
)
SELECT
    count(*) FILTER (newest), count(*) FILTER (newest AND shown),
    count(*) FILTER (NOT newest), count(*) FILTER (NOT newest AND shown)
FROM lots
