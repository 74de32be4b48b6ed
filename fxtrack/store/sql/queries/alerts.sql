SELECT
    alert, kind, source, pair, page_date AS began, ended_date AS ended, message, last_date, began_utc, changed_utc, ended_utc
FROM alerts
WHERE ($source IS NULL OR source = $source) AND ($pair IS NULL OR pair = $pair)
ORDER BY ended_date IS NOT NULL, coalesce(ended_date, page_date) DESC, episode_id DESC
