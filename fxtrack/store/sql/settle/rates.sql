-- The rates of each year with a date in `changed`.
DELETE FROM settled_rates r USING (SELECT DISTINCT source, year(page_date) AS year FROM changed) c
WHERE r.source = c.source AND r.year = c.year;
INSERT INTO settled_rates
WITH years AS (
    SELECT DISTINCT source, year(page_date) AS year FROM changed
), shown AS (
    SELECT s.snapshot_id, s.source, y.year
    FROM snapshots s
    JOIN years y ON y.source = s.source AND y.year = year(s.page_date)
), printed AS ( -- first as printed: there are far fewer different rates than quotes
    SELECT s.source, s.year, q.pair, q.rate, q.rate_decimals, q.rate_unit, count(*) AS states
    FROM snapshot_quotes q
    JOIN shown s USING (snapshot_id)
    GROUP BY ALL
)
SELECT
    source, year, pair, (units(rate) - half_tick(rate_decimals)) // rate_unit AS low,
    (units(rate) + half_tick(rate_decimals)) // rate_unit AS high, sum(states)::BIGINT
FROM printed
GROUP BY ALL;
