UPDATE alerts SET
    page_date = least(page_date, $page_date), last_date = $last_date, ended_date = $ended_date, state = $state,
    message = $message,
    changed_utc = CASE WHEN $changed THEN $now ELSE changed_utc END,
    ended_utc = CASE WHEN $ended_date IS NULL THEN NULL ELSE coalesce(ended_utc, $now) END
WHERE episode_id = $episode_id
