-- The newest $pages pages of the source $pages_of and the $history before them, and on how many of either $source shows
-- a ticker. It is another source where it reads a series of its own from these pages; their conflicts are those of both.
-- Pages that hold no text say nothing.
WITH newest_first AS (
    SELECT
        CASE
            WHEN source = $source THEN outcome <> 'no ticker'
            ELSE outcome = 'conflict' OR capture_id IN (SELECT capture_id FROM further_snapshots WHERE source = $source)
        END AS shown,
        ingested_utc, rowid AS number
    FROM captures
    WHERE source = $pages_of AND outcome <> 'unreadable' AND capture_id NOT IN (SELECT capture_id FROM forgotten)
    ORDER BY ingested_utc DESC, number DESC
    LIMIT $pages + $history
), lots AS (
    SELECT shown, row_number() OVER (ORDER BY ingested_utc DESC, number DESC) <= $pages AS newest FROM newest_first
)
SELECT
    count(*) FILTER (newest), count(*) FILTER (newest AND shown),
    count(*) FILTER (NOT newest), count(*) FILTER (NOT newest AND shown)
FROM lots
