-- The latest time of each job's schedule for which it ran to an end. A run that was stopped or killed is owed still, and
-- one for a time that is still to come was by a clock that has been set back since.
SELECT job, max(scheduled_utc) FROM runs
WHERE scheduled_utc IS NOT NULL AND scheduled_utc <= $now AND outcome NOT IN ('stopped', 'killed', 'running')
GROUP BY job
ORDER BY job
