-- For each source with new pages in this run: its newest pages (all of this run, at least so many) and those before
-- them, and how many of either show a ticker. Pages that hold no text say nothing.
WITH numbered AS (
    SELECT
        source, outcome <> 'no ticker' AS shown,
        row_number() OVER (PARTITION BY source ORDER BY ingested_utc DESC, rowid DESC) AS nth,
        count(*) FILTER (ingested_utc = $now) OVER (PARTITION BY source) AS new
    FROM captures
    WHERE outcome <> 'unreadable'
), lots AS (
    SELECT *, nth <= greatest(new, $pages) AS newest FROM numbered
    WHERE new > 0 AND nth <= greatest(new, $pages) + $history
)
SELECT
    source,
    count(*) FILTER (newest), count(*) FILTER (newest AND shown),
    count(*) FILTER (NOT newest), count(*) FILTER (NOT newest AND shown)
FROM lots
GROUP BY source
ORDER BY source
