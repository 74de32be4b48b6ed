-- For each source with new pages in this run: its newest pages (all of this run, at least so many) and those before
-- them, and how many of either show a ticker. Pages that hold no text say nothing.
WITH fresh AS (
    SELECT source, count(*) AS new FROM captures WHERE outcome <> 'unreadable' AND ingested_utc = $now GROUP BY source
), numbered AS (
    SELECT
        c.source, c.outcome <> 'no ticker' AS shown, f.new,
        row_number() OVER (PARTITION BY c.source ORDER BY c.ingested_utc DESC, c.rowid DESC) AS nth
    FROM captures c
    JOIN fresh f ON f.source = c.source
    WHERE c.outcome <> 'unreadable'
), lots AS (
    SELECT *, nth <= greatest(new, $pages) AS newest FROM numbered
    WHERE nth <= greatest(new, $pages) + $history
)
SELECT
    source,
    count(*) FILTER (newest), count(*) FILTER (newest AND shown),
    count(*) FILTER (NOT newest), count(*) FILTER (NOT newest AND shown)
FROM lots
GROUP BY source
ORDER BY source
