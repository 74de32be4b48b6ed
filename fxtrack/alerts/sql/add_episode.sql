INSERT INTO alerts (
    episode_id, alert, kind, source, pair, page_date, last_date, ended_date, state, message, began_utc, ended_utc
)
SELECT
    coalesce(max(episode_id), 0) + 1, $alert, $kind, $source, $pair, $page_date, $last_date, $ended_date, $state, $message,
    $now, CASE WHEN $ended_date IS NOT NULL THEN $now END
FROM alerts
RETURNING episode_id
