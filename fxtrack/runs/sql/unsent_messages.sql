-- The messages about alerts that are not sent yet, the oldest first.
SELECT m.message_id, a.alert, m.title, m.created_utc, m.attempts, m.next_attempt_utc, m.last_error
FROM alert_messages m LEFT JOIN alerts a USING (episode_id)
WHERE m.sent_utc IS NULL
ORDER BY m.message_id
