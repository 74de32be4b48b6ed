-- Every sighting of every capture; the last column numbers those of one capture.
SELECT
    capture_id, location, captured_utc, uri, source, page_date, date_basis, snapshot_id, repeats, outcome, detail,
    is_own, row_number() OVER (PARTITION BY capture_id ORDER BY is_own DESC, location, captured_utc) AS nth
FROM (
    SELECT *, true AS is_own FROM captures
    UNION ALL BY NAME
    SELECT *, false AS is_own FROM further_sightings WHERE outcome IS NOT NULL
)
ORDER BY nth, location, capture_id
