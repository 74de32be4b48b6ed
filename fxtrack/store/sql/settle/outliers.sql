-- States whose rate is far from that of the neighbouring dates, on the dates in `reconsidered`: farther from all of these than a
-- quarter, and than twice as far as they are from each other. Of four neighbours or more the lowest and the highest do not count.
-- Neighbours are the three dates before and the three after with the pair, within that many days. Ratios are binary fractions: they
-- decide what a person is asked to look at, and which state of several is the close; no rate changes.
DELETE FROM settled_outliers o
WHERE o.snapshot_id NOT IN (SELECT snapshot_id FROM snapshots)
    OR EXISTS (FROM reconsidered c WHERE c.source = o.source AND c.page_date = o.page_date);
INSERT INTO settled_outliers
WITH spans AS (
    SELECT source, (min(page_date) - max(days))::DATE AS first_date, (max(page_date) + max(days))::DATE AS last_date
    FROM reconsidered GROUP BY source
), shown AS (
    SELECT s.snapshot_id, s.source, s.page_date
    FROM snapshots s
    JOIN spans n ON n.source = s.source AND s.page_date BETWEEN n.first_date AND n.last_date
), states AS (
    SELECT
        s.snapshot_id, s.source, s.page_date, q.pair,
        ((units(q.rate) - half_tick(q.rate_decimals)) // q.rate_unit)::DOUBLE AS low,
        ((units(q.rate) + half_tick(q.rate_decimals)) // q.rate_unit)::DOUBLE AS high
    FROM snapshot_quotes q
    JOIN shown s USING (snapshot_id)
), dates AS (
    SELECT source, pair, page_date, quantile_disc(low, 0.5) AS low, quantile_disc(high, 0.5) AS high
    FROM states GROUP BY source, pair, page_date
), beside AS (
    SELECT
        source, pair, page_date,
        list({page_date: page_date, low: low, high: high}) OVER (
            PARTITION BY source, pair ORDER BY page_date ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE CURRENT ROW
        ) AS others
    FROM dates
), within AS (
    SELECT
        b.source, b.pair, b.page_date,
        list_filter(b.others, lambda o: abs(o.page_date - b.page_date) <= c.days) AS others
    FROM beside b
    JOIN reconsidered c ON c.source = b.source AND c.page_date = b.page_date
), sorted AS (
    SELECT
        source, pair, page_date, len(others) AS neighbours,
        list_sort(list_transform(others, lambda o: o.low)) AS lows, list_sort(list_transform(others, lambda o: o.high)) AS highs
    FROM within
    WHERE len(others) >= 2
), ranges AS (
    SELECT
        source, pair, page_date, neighbours,
        lows[CASE WHEN neighbours >= 4 THEN 2 ELSE 1 END] AS low,
        highs[neighbours - CASE WHEN neighbours >= 4 THEN 1 ELSE 0 END] AS high
    FROM sorted
), far AS (
    SELECT
        s.snapshot_id, s.source, s.page_date, s.pair, r.neighbours, r.low, r.high,
        (s.low + s.high) / 2 AS rate, greatest(s.low / r.high, r.low / s.high) AS distance
    FROM states s
    JOIN ranges r ON r.source = s.source AND r.pair = s.pair AND r.page_date = s.page_date
    WHERE distance > 1.25 AND distance > (r.high / r.low) * (r.high / r.low)
), readings AS (
    SELECT f.snapshot_id, f.pair, 'inverted' AS reading, abs(ln(4e18 / f.rate / ((f.low + f.high) / 2))) AS error FROM far f
    UNION ALL
    SELECT
        f.snapshot_id, f.pair, CASE WHEN k < 0 THEN (10 ** -k)::INTEGER || ' times too small' ELSE (10 ** k)::INTEGER || ' times too large' END,
        abs(ln(f.rate / 10.0 ** k / ((f.low + f.high) / 2)))
    FROM far f, unnest([-3, -2, -1, 1, 2, 3]) powers(k)
    UNION ALL
    SELECT f.snapshot_id, f.pair, 'the rate of ' || r.pair, 4 * abs(ln(f.rate / ((r.low + r.high) / 2)))
    FROM far f
    JOIN ranges r ON r.source = f.source AND r.page_date = f.page_date AND r.pair <> f.pair
), likely AS (
    SELECT snapshot_id, pair, arg_min(reading, (error, reading)) AS reading FROM readings WHERE error < 0.2 GROUP BY snapshot_id, pair
)
SELECT f.source, f.page_date, f.snapshot_id, f.pair, f.low::BIGINT, f.high::BIGINT, f.neighbours, l.reading
FROM far f
LEFT JOIN likely l ON l.snapshot_id = f.snapshot_id AND l.pair = f.pair;
DROP TABLE reconsidered;
