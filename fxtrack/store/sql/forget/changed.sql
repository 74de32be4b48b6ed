-- What settling has to consider again: the snapshots that the capture shows.
INSERT INTO unsettled
SELECT DISTINCT snapshot_id, source, page_date FROM every_sighting WHERE capture_id = $capture_id AND page_date IS NOT NULL
