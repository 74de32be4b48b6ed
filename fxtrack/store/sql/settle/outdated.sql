-- Deletes old results near the changes, and those of deleted snapshots.
DELETE FROM settled_reports
WHERE snapshot_id IN (
    SELECT s.snapshot_id FROM snapshots s JOIN near n ON n.source = s.source AND n.page_date = s.page_date WHERE n.reports
    UNION ALL SELECT snapshot_id FROM unsettled
);
DELETE FROM settled_bases
WHERE snapshot_id IN (
    SELECT s.snapshot_id FROM snapshots s JOIN near n ON n.source = s.source AND n.page_date = s.page_date WHERE n.bases
    UNION ALL SELECT snapshot_id FROM unsettled
)
