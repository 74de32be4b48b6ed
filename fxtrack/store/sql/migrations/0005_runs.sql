-- Runs of the service: the scheduled time and the process.

ALTER TABLE runs ADD COLUMN scheduled_utc TIMESTAMP;
ALTER TABLE runs ADD COLUMN process BIGINT;
COMMENT ON TABLE runs IS 'One row per run of a job, with its outcome';
COMMENT ON COLUMN runs.job IS 'The job: ingest, run, fetch, charts, backup, ...';
COMMENT ON COLUMN runs.outcome IS 'running; done, nothing new, page without ticker (pages came and none shows one), layout changed (the share with a ticker dropped), parse failed (a page could not be read), fetch failed, store failed, failed (anything else), stopped (by a signal; committed work is kept), or killed (its process ended without recording an outcome)';
COMMENT ON COLUMN runs.scheduled_utc IS 'Scheduled time, UTC; null if a person or a new page started it';
COMMENT ON COLUMN runs.process IS 'Id of the process that ran it';
