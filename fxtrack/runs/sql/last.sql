-- The last run of each job that has one of these outcomes; null is any.
SELECT
    run_id, job, scheduled_utc, started_utc, ended_utc, outcome, process, message,
    pages, new, known, no_ticker, conflict, unreadable
FROM runs
WHERE $outcomes IS NULL OR outcome IN (SELECT unnest($outcomes))
QUALIFY row_number() OVER (PARTITION BY job ORDER BY run_id DESC) = 1
ORDER BY job
