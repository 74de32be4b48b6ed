UPDATE alert_messages SET
    receivers = $receivers, attempts = attempts + 1, sent_utc = $sent_utc, next_attempt_utc = $next_attempt_utc,
    last_error = coalesce($error, CASE WHEN $sent_utc IS NULL THEN last_error END)
WHERE message_id = $message_id
