-- Dates on which the ticker was seen in more than one state, and how far the rate moved within the day.
SELECT page_date, pair, snapshots, as_printed(lowest, lowest_decimals) AS lowest, as_printed(highest, highest_decimals) AS highest, close_rule
FROM daily
WHERE snapshots > 1 AND highest > lowest
ORDER BY snapshots DESC, page_date, pair;
