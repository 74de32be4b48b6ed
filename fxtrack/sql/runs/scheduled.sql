-- The latest time of each job's schedule for which it ran to an end. A run that was stopped or killed is owed still.
SELECT job, max(scheduled_utc) FROM runs
WHERE scheduled_utc IS NOT NULL AND outcome NOT IN ('stopped', 'killed', 'running')
GROUP BY job
ORDER BY job
