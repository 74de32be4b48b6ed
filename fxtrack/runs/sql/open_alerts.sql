-- The episodes of alerts that are open.
SELECT alert, kind, source, pair, state FROM alerts WHERE ended_date IS NULL ORDER BY episode_id
