-- The captures that an id, or the beginning of one, may mean; of those that show one snapshot the earliest first.
SELECT *
FROM captures
WHERE starts_with(capture_id, $id) OR starts_with(snapshot_id, $id)
ORDER BY captured_utc NULLS LAST, location, capture_id
