-- The episodes that are open, and those that ended on or after $first.
SELECT episode_id, alert, kind, source, pair, page_date, last_date, ended_date, state, message
FROM alerts
WHERE ended_date IS NULL OR ended_date >= $first
ORDER BY episode_id
