-- The newest closes, each in the direction that people prefer.
SELECT
    l.source, l.pair, l.page_date, l.rate_text AS rate, l.reported_text AS reported, l.previous_date,
    l.previous_text AS previous_rate, l.change_text AS change, l.days_behind, l.rate_low, l.rate_high, l.derived
FROM latest_turned($prefer) l
WHERE $source IS NULL OR l.source = $source
ORDER BY l.source, l.pair
