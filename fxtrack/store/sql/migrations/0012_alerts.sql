-- Alerts: episodes of conditions, and the messages about them.

CREATE TABLE IF NOT EXISTS alerts (
    episode_id BIGINT, alert VARCHAR, kind VARCHAR, source VARCHAR, pair VARCHAR, page_date DATE, last_date DATE,
    ended_date DATE, state VARCHAR, message VARCHAR, began_utc TIMESTAMP, changed_utc TIMESTAMP, ended_utc TIMESTAMP
);
COMMENT ON TABLE alerts IS 'One row per episode of an alert: a time in which its condition holds';
COMMENT ON COLUMN alerts.episode_id IS 'Number of the episode';
COMMENT ON COLUMN alerts.alert IS 'Name of the alert in config.toml';
COMMENT ON COLUMN alerts.kind IS 'Its condition: moved, level, report, silent, standing, layout or unhealthy';
COMMENT ON COLUMN alerts.source IS 'Name of the source, null if it concerns none';
COMMENT ON COLUMN alerts.pair IS 'BASE/COUNTER, null if it concerns no single pair';
COMMENT ON COLUMN alerts.page_date IS 'Page date at which the condition began to hold; for layout and unhealthy the day (UTC)';
COMMENT ON COLUMN alerts.last_date IS 'Latest such date at which it surely holds';
COMMENT ON COLUMN alerts.ended_date IS 'Date at which it surely no longer holds, null while it may';
COMMENT ON COLUMN alerts.state IS 'State that the last message is about; another one is worth a further message';
COMMENT ON COLUMN alerts.message IS 'Text of the last message: the evidence';
COMMENT ON COLUMN alerts.began_utc IS 'When fxtrack noticed the beginning, UTC';
COMMENT ON COLUMN alerts.changed_utc IS 'When it noticed the last change, UTC, null if none';
COMMENT ON COLUMN alerts.ended_utc IS 'When it noticed the end, UTC, null while the episode is open';

CREATE TABLE IF NOT EXISTS alert_messages (
    message_id BIGINT, episode_id BIGINT, event VARCHAR, title VARCHAR, message VARCHAR, created_utc TIMESTAMP,
    sent_utc TIMESTAMP, receivers VARCHAR[], attempts INTEGER, next_attempt_utc TIMESTAMP, last_error VARCHAR
);
COMMENT ON TABLE alert_messages IS 'One row per message about an episode. A published file shows them as they were when it was published; fxtrack alerts and fxtrack status print those that are not sent yet';
COMMENT ON COLUMN alert_messages.message_id IS 'Number of the message; messages are sent in this order';
COMMENT ON COLUMN alert_messages.episode_id IS 'The episode';
COMMENT ON COLUMN alert_messages.event IS 'began, changed or ended';
COMMENT ON COLUMN alert_messages.title IS 'First line of the message';
COMMENT ON COLUMN alert_messages.message IS 'The whole message';
COMMENT ON COLUMN alert_messages.created_utc IS 'When it was written, UTC';
COMMENT ON COLUMN alert_messages.sent_utc IS 'When the last receiver took it, UTC; null until then';
COMMENT ON COLUMN alert_messages.receivers IS 'Receivers that took it: file, command, or a service of apprise and its number, without its address';
COMMENT ON COLUMN alert_messages.attempts IS 'Number of attempts to send it';
COMMENT ON COLUMN alert_messages.next_attempt_utc IS 'Time of the next attempt, UTC; null if it is due, or sent';
COMMENT ON COLUMN alert_messages.last_error IS 'Reason of the last failed attempt, without any secret; null if none failed';
