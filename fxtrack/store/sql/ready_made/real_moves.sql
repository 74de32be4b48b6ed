-- Days on which a rate certainly moved: its printed digits rule out that it stood still.
SELECT page_date, pair, previous_date, change_pct_low, change_pct_high, reported_text AS reported, verdict
FROM deltas
WHERE gap_days = 1 AND (change_pct_low > 0 OR change_pct_high < 0)
ORDER BY least(abs(change_pct_low), abs(change_pct_high)) DESC, page_date, pair
LIMIT 20;
