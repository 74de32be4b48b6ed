-- Pairs that a source has shown before and does not show on a captured date. f.pair, not pair: a table macro with a parameter of
-- that name reads this view.

CREATE OR REPLACE VIEW absent_pairs AS
WITH shown AS (
    SELECT DISTINCT s.source, s.page_date, q.pair
    FROM snapshot_quotes q
    JOIN snapshots s ON s.snapshot_id = q.snapshot_id
    WHERE s.page_date IS NOT NULL
), since AS (
    SELECT f.source, f.pair, min(f.page_date) AS first_date FROM shown f GROUP BY f.source, f.pair
), dates AS (
    SELECT source, page_date, row_number() OVER (PARTITION BY source ORDER BY page_date) AS nth
    FROM snapshots WHERE page_date IS NOT NULL GROUP BY source, page_date
)
SELECT d.source, d.page_date, f.pair, d.nth
FROM dates d
JOIN since f ON f.source = d.source AND f.first_date < d.page_date
ANTI JOIN shown h ON h.source = d.source AND h.page_date = d.page_date AND h.pair = f.pair;
COMMENT ON VIEW absent_pairs IS 'A step towards coverage and gaps: one row per source, captured date and pair that is missing on it, though the source has shown it before';
COMMENT ON COLUMN absent_pairs.source IS 'Name of the source';
COMMENT ON COLUMN absent_pairs.page_date IS 'Captured date';
COMMENT ON COLUMN absent_pairs.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN absent_pairs.nth IS 'Number of the date among the captured dates of the source';
