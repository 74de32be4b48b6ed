-- Rates that certainly moved from one day to the next while the page reported no change.
SELECT
    source, page_date, pair, as_printed(rate, rate_decimals) AS rate, change_pct, change_pct_low, change_pct_high,
    reported_text AS reported, verdict
FROM hidden_moves
ORDER BY abs(change_pct) DESC, source, page_date, pair
LIMIT 20;
