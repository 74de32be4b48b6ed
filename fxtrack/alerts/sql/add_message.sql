INSERT INTO alert_messages (message_id, episode_id, event, title, message, created_utc, receivers, attempts)
SELECT coalesce(max(message_id), 0) + 1, $episode_id, $event, $title, $message, $now, [], 0 FROM alert_messages
