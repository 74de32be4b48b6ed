-- Days on which a rate certainly moved: its printed digits rule out that it stood still.
SELECT DISTINCT -- several snapshots of a date may show the same
    source, page_date, pair, as_printed(rate, rate_decimals) AS rate, previous_date, change_pct_low, change_pct_high,
    reported_text AS reported, verdict
FROM deltas
WHERE gap_days = 1 AND (change_pct_low > 0 OR change_pct_high < 0)
ORDER BY least(abs(change_pct_low), abs(change_pct_high)) DESC, source, page_date, pair, rate, reported
LIMIT 20;
