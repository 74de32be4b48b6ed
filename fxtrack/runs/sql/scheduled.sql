-- The latest scheduled time of each job whose run ended. Stopped and killed runs do not count, so that they are repeated;
-- neither do times in the future, which a wrong clock set.
SELECT job, max(scheduled_utc) FROM runs
WHERE scheduled_utc IS NOT NULL AND scheduled_utc <= $now AND outcome NOT IN ('stopped', 'killed', 'running')
GROUP BY job
ORDER BY job
