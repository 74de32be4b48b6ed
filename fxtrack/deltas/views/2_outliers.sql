-- States whose rate is far from that of the neighbouring dates: farther from all of these than a quarter, and than twice as far as
-- they are from each other. Of four neighbours or more the lowest and the highest do not count. Neighbours are the three dates
-- before and the three after with the pair, within neighbour_days() days. Ratios are binary fractions: they decide what a person is
-- asked to look at, and which state of several is the close; no rate changes.

CREATE OR REPLACE MACRO neighbour_days() AS 31;
COMMENT ON MACRO neighbour_days IS 'Days before and after a state within which neighbouring dates are compared with it';

CREATE OR REPLACE VIEW state_rates AS
SELECT
    s.snapshot_id, s.source, s.page_date, q.pair,
    ((units(q.rate) - half_tick(q.rate_decimals)) // q.rate_unit)::DOUBLE AS low,
    ((units(q.rate) + half_tick(q.rate_decimals)) // q.rate_unit)::DOUBLE AS high
FROM snapshot_quotes q
JOIN snapshots s ON s.snapshot_id = q.snapshot_id
WHERE s.page_date IS NOT NULL;
COMMENT ON VIEW state_rates IS 'A step towards outliers: one row per dated snapshot and pair. Amounts in units of half 10^-9';
COMMENT ON COLUMN state_rates.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN state_rates.source IS 'Name of the source';
COMMENT ON COLUMN state_rates.page_date IS 'Page date';
COMMENT ON COLUMN state_rates.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN state_rates.low IS 'Printed rate less half a tick';
COMMENT ON COLUMN state_rates.high IS 'Printed rate plus half a tick';

CREATE OR REPLACE VIEW neighbour_rates AS
WITH dates AS (
    SELECT t.source, t.pair, t.page_date, quantile_disc(t.low, 0.5) AS low, quantile_disc(t.high, 0.5) AS high
    FROM state_rates t GROUP BY t.source, t.pair, t.page_date
), beside AS (
    SELECT
        d.source, d.pair, d.page_date,
        list({page_date: d.page_date, low: d.low, high: d.high}) OVER (
            PARTITION BY d.source, d.pair ORDER BY d.page_date ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE CURRENT ROW
        ) AS others
    FROM dates d
), within AS (
    SELECT
        b.source, b.pair, b.page_date,
        list_filter(b.others, lambda o: abs(o.page_date - b.page_date) <= neighbour_days()) AS others
    FROM beside b
), sorted AS (
    SELECT
        w.source, w.pair, w.page_date, len(w.others) AS neighbours,
        list_sort(list_transform(w.others, lambda o: o.low)) AS lows,
        list_sort(list_transform(w.others, lambda o: o.high)) AS highs
    FROM within w
    WHERE len(w.others) >= 2
)
SELECT
    n.source, n.pair, n.page_date, n.neighbours,
    n.lows[CASE WHEN n.neighbours >= 4 THEN 2 ELSE 1 END] AS low,
    n.highs[n.neighbours - CASE WHEN n.neighbours >= 4 THEN 1 ELSE 0 END] AS high
FROM sorted n;
COMMENT ON VIEW neighbour_rates IS 'A step towards outliers: one row per source, pair and page date with two neighbouring dates or more: the range of the rates of these. Amounts in units of half 10^-9';
COMMENT ON COLUMN neighbour_rates.source IS 'Name of the source';
COMMENT ON COLUMN neighbour_rates.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN neighbour_rates.page_date IS 'Page date';
COMMENT ON COLUMN neighbour_rates.neighbours IS 'Neighbouring dates, up to three on each side';
COMMENT ON COLUMN neighbour_rates.low IS 'Lower end of their rates, half a tick included';
COMMENT ON COLUMN neighbour_rates.high IS 'Upper end of their rates, half a tick included';

CREATE OR REPLACE VIEW far_rates AS
SELECT
    s.snapshot_id, s.source, s.page_date, s.pair, r.neighbours, r.low, r.high,
    (s.low + s.high) / 2 AS rate, greatest(s.low / r.high, r.low / s.high) AS distance
FROM state_rates s
JOIN neighbour_rates r ON r.source = s.source AND r.pair = s.pair AND r.page_date = s.page_date
WHERE distance > 1.25 AND distance > (r.high / r.low) * (r.high / r.low);
COMMENT ON VIEW far_rates IS 'A step towards outliers: one row per dated snapshot and pair whose rate is far from that of the neighbouring dates. Amounts in units of half 10^-9';
COMMENT ON COLUMN far_rates.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN far_rates.source IS 'Name of the source';
COMMENT ON COLUMN far_rates.page_date IS 'Page date';
COMMENT ON COLUMN far_rates.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN far_rates.neighbours IS 'As in neighbour_rates';
COMMENT ON COLUMN far_rates.low IS 'As in neighbour_rates';
COMMENT ON COLUMN far_rates.high IS 'As in neighbour_rates';
COMMENT ON COLUMN far_rates.rate IS 'The rate';
COMMENT ON COLUMN far_rates.distance IS 'Quotient of the rate and the nearer end of that range, above 1';

CREATE OR REPLACE VIEW outliers AS
WITH readings AS (
    SELECT f.snapshot_id, f.pair, 'inverted' AS reading, abs(ln(4e18 / f.rate / ((f.low + f.high) / 2))) AS error FROM far_rates f
    UNION ALL
    SELECT
        f.snapshot_id, f.pair, CASE WHEN k < 0 THEN (10 ** -k)::INTEGER || ' times too small' ELSE (10 ** k)::INTEGER || ' times too large' END,
        abs(ln(f.rate / 10.0 ** k / ((f.low + f.high) / 2)))
    FROM far_rates f, unnest([-3, -2, -1, 1, 2, 3]) powers(k)
    UNION ALL
    SELECT f.snapshot_id, f.pair, 'the rate of ' || r.pair, 4 * abs(ln(f.rate / ((r.low + r.high) / 2)))
    FROM far_rates f
    JOIN neighbour_rates r ON r.source = f.source AND r.page_date = f.page_date AND r.pair <> f.pair
), likely AS (
    SELECT e.snapshot_id, e.pair, arg_min(e.reading, (e.error, e.reading)) AS reading
    FROM readings e WHERE e.error < 0.2 GROUP BY e.snapshot_id, e.pair
)
SELECT f.source, f.page_date, f.snapshot_id, f.pair, f.low::BIGINT AS low, f.high::BIGINT AS high, f.neighbours, l.reading
FROM far_rates f
LEFT JOIN likely l ON l.snapshot_id = f.snapshot_id AND l.pair = f.pair;
COMMENT ON VIEW outliers IS 'A step towards closes and problems: what settled_outliers stores, computed anew. Amounts in units of half 10^-9';
COMMENT ON COLUMN outliers.source IS 'Name of the source';
COMMENT ON COLUMN outliers.page_date IS 'Page date';
COMMENT ON COLUMN outliers.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN outliers.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN outliers.low IS 'Lower end of the rates of the neighbouring dates, half a tick included';
COMMENT ON COLUMN outliers.high IS 'Upper end of the rates of the neighbouring dates, half a tick included';
COMMENT ON COLUMN outliers.neighbours IS 'Neighbouring dates that were compared, up to three on each side';
COMMENT ON COLUMN outliers.reading IS 'The likely reading: inverted, a factor of 10, 100 or 1000, or the rate of another pair; null if none fits';
