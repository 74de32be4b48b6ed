-- Runs of the service: the scheduled time and the process.

ALTER TABLE runs ADD COLUMN scheduled_utc TIMESTAMP;
ALTER TABLE runs ADD COLUMN process BIGINT;
COMMENT ON TABLE runs IS 'One row per run of a job, with its outcome';
COMMENT ON COLUMN runs.process IS 'Id of the process that ran it';
