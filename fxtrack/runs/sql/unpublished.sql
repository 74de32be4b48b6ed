-- The files that the store learned in runs after a copy of it was made, at most the given number. `seen_utc` is the
-- start of the run.
SELECT location, size, mtime_ns FROM files
WHERE archive IS NULL AND seen_utc IN (SELECT started_utc FROM runs WHERE run_id > $published)
LIMIT $most
