-- After each ingest of a source, how many of its newest pages show a ticker, and of those before them: the counts of
-- runs/sql/ticker_share.sql for every ingest. A source of $sharing reads a series of its own from the pages of the one
-- at its place in $owners; their conflicts are those of both. Pages that hold no text say nothing.
WITH series AS (
    SELECT DISTINCT source AS name, source AS owner FROM captures
    UNION ALL
    SELECT unnest($sharing), unnest($owners)
), pages AS (
    SELECT
        s.name AS source, c.ingested_utc, c.rowid AS number,
        CASE
            WHEN s.name = s.owner THEN c.outcome <> 'no ticker'
            ELSE c.outcome = 'conflict' OR f.capture_id IS NOT NULL
        END AS shows
    FROM captures c
    JOIN series s ON s.owner = c.source
    LEFT JOIN (SELECT DISTINCT source, capture_id FROM further_snapshots) f
        ON f.capture_id = c.capture_id AND f.source = s.name AND s.name <> s.owner
    WHERE c.outcome <> 'unreadable' AND c.capture_id NOT IN (SELECT capture_id FROM forgotten)
        AND ($source IS NULL OR s.name = $source)
), numbered AS (
    SELECT
        p.source, p.ingested_utc, row_number() OVER earlier AS number,
        count(*) FILTER (p.shows) OVER (earlier ROWS UNBOUNDED PRECEDING) AS shown
    FROM pages p
    WINDOW earlier AS (PARTITION BY p.source ORDER BY p.ingested_utc, p.number)
), ingests AS (
    SELECT source, ingested_utc, max(number) AS last, greatest(count(*), $pages) AS newest
    FROM numbered
    GROUP BY source, ingested_utc
    HAVING ingested_utc >= $first
), parts AS (
    SELECT
        *, greatest(last - newest, 0) AS split, greatest(last - newest - $history, 0) AS start
    FROM ingests
)
SELECT
    p.source, p.ingested_utc::DATE,
    p.last - p.split, l.shown - coalesce(s.shown, 0), p.split - p.start, coalesce(s.shown, 0) - coalesce(b.shown, 0)
FROM parts p
JOIN numbered l ON l.source = p.source AND l.number = p.last
LEFT JOIN numbered s ON s.source = p.source AND s.number = p.split
LEFT JOIN numbered b ON b.source = p.source AND b.number = p.start
ORDER BY p.source, p.ingested_utc
