-- Reports that no captured snapshot explains although the day before is captured, with the rates captured instead.
SELECT
    d.page_date, d.pair, as_printed(d.rate, d.rate_decimals) AS rate, d.reported_text AS reported,
    d.base_low, d.base_high, list(DISTINCT q.rate_text || ' on ' || q.page_date ORDER BY q.rate_text || ' on ' || q.page_date) AS captured
FROM deltas d
JOIN quotes q ON q.source = d.source AND q.pair = d.pair AND q.page_date BETWEEN d.page_date - 1 AND d.page_date
WHERE d.verdict IN ('unexplained', 'breaks the rule')
GROUP BY ALL
ORDER BY d.page_date, d.pair;
