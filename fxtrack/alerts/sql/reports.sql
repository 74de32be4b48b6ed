-- Reports that are unexplained or break the rule. A state that several captures show counts once.
SELECT DISTINCT
    source, page_date, pair, as_printed(rate, rate_decimals) || ' ' || reported_text, verdict
FROM deltas
WHERE verdict IN ('unexplained', 'breaks the rule') AND page_date BETWEEN $first AND $until
    AND ($source IS NULL OR source = $source) AND ($pair IS NULL OR pair = $pair)
ORDER BY ALL
