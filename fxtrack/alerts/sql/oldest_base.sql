-- The oldest of the dates before $before that have the last close of a series with a close on or after $first.
WITH dated AS (
    SELECT s.source, q.pair, max(s.page_date) FILTER (s.page_date < $before) AS base, max(s.page_date) AS newest
    FROM snapshots s JOIN snapshot_quotes q USING (snapshot_id)
    WHERE s.page_date <= $until
        AND ($source IS NULL OR s.source = $source) AND ($pair IS NULL OR q.pair = $pair)
    GROUP BY s.source, q.pair
)
SELECT min(base) FROM dated WHERE newest >= $first
