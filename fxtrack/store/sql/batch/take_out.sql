-- Known pages with an earlier capture time than the known one are read anew, since their date may follow from that time.
INSERT INTO unsettled
SELECT snapshot_id, source, page_date FROM snapshots
WHERE snapshot_id IN (SELECT snapshot_id FROM retaken_snapshots) AND page_date IS NOT NULL;
DELETE FROM conflict_quotes WHERE capture_id IN (SELECT capture_id FROM retaken);
DELETE FROM further_snapshots WHERE capture_id IN (SELECT capture_id FROM retaken);
DELETE FROM captures WHERE capture_id IN (SELECT capture_id FROM retaken);
