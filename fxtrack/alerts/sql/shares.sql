-- After each ingest of a source, how many of its newest pages show a ticker, and of those before them: the counts of
-- runs/sql/ticker_share.sql for every ingest. Pages that hold no text say nothing.
WITH numbered AS (
    SELECT
        source, ingested_utc, row_number() OVER earlier AS number,
        count(*) FILTER (outcome <> 'no ticker') OVER (earlier ROWS UNBOUNDED PRECEDING) AS shown
    FROM captures
    WHERE outcome <> 'unreadable' AND ($source IS NULL OR source = $source)
    WINDOW earlier AS (PARTITION BY source ORDER BY ingested_utc, rowid)
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
