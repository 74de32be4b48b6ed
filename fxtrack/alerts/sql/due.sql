-- The messages that are not sent yet, the oldest first, each with its episode.
SELECT
    m.message_id, m.event, m.title, m.message, m.created_utc, m.receivers, m.attempts, m.next_attempt_utc,
    a.alert, a.kind, a.source, a.pair, a.page_date, (SELECT store_id FROM store_info)
FROM alert_messages m
LEFT JOIN alerts a USING (episode_id)
WHERE m.sent_utc IS NULL
ORDER BY m.message_id
