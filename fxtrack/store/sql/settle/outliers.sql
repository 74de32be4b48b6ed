-- The outliers of the dates in `reconsidered`, as the view of that name defines them. It names its tables without a schema, and a
-- temporary table hides a stored one of the same name: so it sees these dates and their neighbours only.
DELETE FROM settled_outliers o
WHERE o.snapshot_id NOT IN (SELECT snapshot_id FROM snapshots)
    OR EXISTS (FROM reconsidered c WHERE c.source = o.source AND c.page_date = o.page_date);
CREATE TEMP TABLE snapshots AS
SELECT s.*
FROM snapshots s
JOIN (
    SELECT source, min(page_date) - neighbour_days() AS first_date, max(page_date) + neighbour_days() AS last_date
    FROM reconsidered GROUP BY source
) n ON n.source = s.source AND s.page_date BETWEEN n.first_date AND n.last_date;
INSERT INTO settled_outliers BY NAME
SELECT o.* FROM outliers o JOIN reconsidered c ON c.source = o.source AND c.page_date = o.page_date;
DROP TABLE temp.snapshots;
DROP TABLE reconsidered;
