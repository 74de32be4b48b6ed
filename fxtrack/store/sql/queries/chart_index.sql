-- Printed pairs as an index each, 100 at the last close on or before the base date: what the macro `indexed` gives, without the
-- search for other ways to a pair.
SELECT
    d.source, d.pair, d.page_date, s.page_date AS start_date,
    percent_round(units(d.rate)::HUGEINT, units(s.rate)::HUGEINT) AS index_value,
    CASE WHEN d.page_date = s.page_date THEN 100 ELSE percent_floor(
        units(d.rate)::HUGEINT - half_tick(d.rate_decimals), units(s.rate)::HUGEINT + half_tick(s.rate_decimals)
    ) END AS index_low,
    CASE WHEN d.page_date = s.page_date THEN 100 ELSE percent_ceil(
        units(d.rate)::HUGEINT + half_tick(d.rate_decimals), units(s.rate)::HUGEINT - half_tick(s.rate_decimals)
    ) END AS index_high,
    NULL::VARCHAR AS derived
FROM closes d
JOIN last_closes($base) s ON s.source = d.source AND s.pair = d.pair
WHERE list_contains($pairs, d.pair) AND ($source IS NULL OR d.source = $source)
    AND ($from IS NULL OR d.page_date >= $from::DATE) AND ($to IS NULL OR d.page_date <= $to::DATE)
ORDER BY list_position($pairs, d.pair), d.source, d.page_date
