-- Runs of the service: what the schedule wanted, and which process is at it.

ALTER TABLE runs ADD COLUMN scheduled_utc TIMESTAMP;
ALTER TABLE runs ADD COLUMN process BIGINT;
COMMENT ON TABLE runs IS 'One row per run of a job, with its outcome';
COMMENT ON COLUMN runs.job IS 'What ran: ingest, run, fetch, charts, backup, ...';
COMMENT ON COLUMN runs.outcome IS 'running; done, nothing new, page without ticker (pages came and none shows one), layout changed (the share with a ticker dropped), parse failed (a page could not be read), fetch failed, store failed, failed (anything else), stopped (by a signal; what was committed is kept), or killed (it ended without saying so)';
COMMENT ON COLUMN runs.scheduled_utc IS 'When the schedule wanted it, UTC; null if a person or a new page started it';
COMMENT ON COLUMN runs.process IS 'Id of the process that ran it';
