-- Rates that certainly moved from one day to the next while the page reported no change.
SELECT DISTINCT -- several snapshots of a date may show the same
    source, page_date, pair, as_printed(rate, rate_decimals) AS rate, change_pct, change_pct_low, change_pct_high,
    reported_text AS reported, verdict
FROM deltas
WHERE gap_days = 1 AND coalesce(reported_pct, reported_change) = 0 AND (change_pct_low > 0 OR change_pct_high < 0)
ORDER BY abs(change_pct) DESC, source, page_date, pair, rate, reported
LIMIT 20;
