-- Dates on which the ticker was seen in more than one state, and how far the rate moved within the day.
SELECT page_date, pair, snapshots, as_printed(low, low_decimals) AS low, as_printed(high, high_decimals) AS high, close_rule
FROM daily
WHERE snapshots > 1 AND high > low
ORDER BY snapshots DESC, page_date, pair;
