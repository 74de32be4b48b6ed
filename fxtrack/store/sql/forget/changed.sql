-- Lists the snapshots that the capture shows as changed, so that settling considers them again.
INSERT INTO unsettled
SELECT DISTINCT snapshot_id, source, page_date FROM every_sighting WHERE capture_id = $capture_id AND page_date IS NOT NULL
