-- The reports under the rules in force: what each implies, what explains it, and which snapshots serve as bases. What was
-- found near the changes takes the place of what was settled there before.
DELETE FROM settled_reports
WHERE snapshot_id IN (
    SELECT s.snapshot_id FROM snapshots s JOIN near n ON n.source = s.source AND n.page_date = s.page_date WHERE n.reports
    UNION ALL SELECT snapshot_id FROM unsettled WHERE source IN (SELECT source FROM part)
);
INSERT INTO settled_reports
SELECT b.snapshot_id, b.pair, b.base_low, b.base_high, f.base_date
FROM (
    SELECT
        b.snapshot_id, b.pair, min(b.base_low) AS base_low,
        CASE WHEN count(b.base_high) = count(*) THEN max(b.base_high) END AS base_high
    FROM bounds b
    JOIN near n ON n.source = b.source AND n.page_date = b.page_date
    WHERE n.reports
    GROUP BY b.snapshot_id, b.pair
) b
LEFT JOIN found f ON f.snapshot_id = b.snapshot_id AND f.pair = b.pair;

DELETE FROM settled_bases
WHERE snapshot_id IN (
    SELECT s.snapshot_id FROM snapshots s JOIN near n ON n.source = s.source AND n.page_date = s.page_date WHERE n.bases
    UNION ALL SELECT snapshot_id FROM unsettled WHERE source IN (SELECT source FROM part)
);
INSERT INTO settled_bases
SELECT e.*
FROM base_evidence e
JOIN snapshots s ON s.snapshot_id = e.snapshot_id
JOIN near n ON n.source = s.source AND n.page_date = s.page_date
WHERE n.bases;

DROP TABLE temp.snapshots;
DROP TABLE temp.dated_quotes;
DROP TABLE temp.captures;
DROP VIEW temp.report_bounds;
DROP TABLE bounds;
DROP TABLE found;
DROP TABLE not_found;
DROP TABLE near;
DROP TABLE part;
