-- The files that the store has come to know in runs that a copy of it does not have yet, at most so many. `seen_utc` is
-- the start of the run.
SELECT location, size, mtime_ns FROM files
WHERE archive IS NULL AND seen_utc IN (SELECT started_utc FROM runs WHERE run_id > $published)
LIMIT $most
