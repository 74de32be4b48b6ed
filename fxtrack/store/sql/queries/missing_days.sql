-- The missing dates of a source, by the view gaps.
SELECT unnest(generate_series(greatest(g.first_missing, $from::DATE), least(g.last_missing, $to::DATE), INTERVAL 1 DAY))::DATE
FROM gaps g
WHERE g.source = $source AND g.pair IS NULL AND ($from IS NULL OR g.last_missing >= $from::DATE)
    AND ($to IS NULL OR g.first_missing <= $to::DATE)
ORDER BY ALL
