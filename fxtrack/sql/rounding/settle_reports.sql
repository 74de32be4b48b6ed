-- The reports under the rules in force: what each implies, what explains it, and which snapshots serve as bases.
DELETE FROM settled_reports;
INSERT INTO settled_reports
SELECT b.snapshot_id, b.pair, b.base_low, b.base_high, e.base_date
FROM (
    SELECT
        snapshot_id, pair, min(base_low) AS base_low,
        CASE WHEN count(base_high) = count(*) THEN max(base_high) END AS base_high
    FROM report_bounds WHERE chosen GROUP BY snapshot_id, pair
) b
LEFT JOIN explanations e ON e.snapshot_id = b.snapshot_id AND e.pair = b.pair AND e.chosen;
DELETE FROM settled_bases;
INSERT INTO settled_bases FROM base_evidence;
