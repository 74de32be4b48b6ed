-- Questions with parameters. Dates may be given as DATE or as text, '2025-12-08'. No WITH in here: in a macro that a later
-- version stored, DuckDB 1.4.0 does not find its names.

CREATE OR REPLACE MACRO last_closes(date) AS TABLE
SELECT d.source, d.pair, d.page_date, d.rate, d.rate_decimals, d.rate_text, d.low, d.high
FROM closes d
WHERE of_store('{store_id}') AND d.page_date <= date::DATE
QUALIFY row_number() OVER (PARTITION BY d.source, d.pair ORDER BY d.page_date DESC) = 1;
COMMENT ON MACRO TABLE last_closes IS 'last_closes(date): the last close on or before a date, one row per source and pair';

CREATE OR REPLACE MACRO rate_on(pair, date) AS TABLE
SELECT
    s.source, s.pair, s.rate_date, s.rate, s.rate_decimals, s.rate_text, s.rate_low, s.rate_high, s.derived, s.lowest, s.highest,
    s.rate_date AS page_date, s.lowest AS low, s.highest AS high -- earlier names, for one version
FROM rate_series(pair) s
WHERE of_store('{store_id}') AND s.rate_date <= date::DATE
QUALIFY row_number() OVER (PARTITION BY s.source ORDER BY s.rate_date DESC) = 1;
COMMENT ON MACRO TABLE rate_on IS 'rate_on(pair, date): the last close on or before a date of any pair that rate_series gives, one row per source; its own date is rate_date. page_date, low and high are earlier names of rate_date, lowest and highest, kept for one version';

CREATE OR REPLACE MACRO cross_rate_legs(date) AS TABLE
SELECT
    d.source, d.pair, d.page_date, inverse,
    split_part(d.pair, '/', CASE WHEN inverse THEN 2 ELSE 1 END) AS currency,
    split_part(d.pair, '/', CASE WHEN inverse THEN 1 ELSE 2 END) AS in_currency,
    units(d.rate)::HUGEINT AS mid, units(d.rate)::HUGEINT - half_tick(d.rate_decimals) AS low,
    units(d.rate)::HUGEINT + half_tick(d.rate_decimals) AS high
FROM last_closes(date) d, unnest([false, true]) way(inverse)
WHERE of_store('{store_id}');
COMMENT ON MACRO TABLE cross_rate_legs IS 'A step towards cross_rate: each last close on or before a date, which prices its base in its counter currency, and read the other way round (inverse). Amounts in units of half 10^-9 of the counter currency';

CREATE OR REPLACE MACRO cross_rate(base, counter, date) AS TABLE
SELECT
    q.source, base AS base_currency, counter AS quote_currency,
    rate_of_nanos(price_round(q.shape, q.top, q.bottom, 1000000000)) AS rate,
    rate_of_nanos(price_floor(q.shape, q.top_low, q.bottom_high, 1000000000)) AS rate_low,
    rate_of_nanos(price_ceil(q.shape, q.top_high, q.bottom_low, 1000000000)) AS rate_high,
    atoms_text(rounded_at(q.n, q.decimals), q.decimals) AS rate_text,
    CASE q.shape
        WHEN 'inverse' THEN 'inverse of ' || q.base_pair
        WHEN 'over' THEN CASE WHEN q.b_inverse THEN q.quote_pair || ' over ' || q.base_pair
            ELSE q.base_pair || ' over ' || q.quote_pair END
        WHEN 'times' THEN q.base_pair || ' times ' || q.quote_pair
        WHEN 'inverse times' THEN 'inverse of ' || q.base_pair || ' times ' || q.quote_pair
    END AS derived,
    q.via, q.base_pair, q.base_rate_date, q.quote_pair, q.quote_rate_date,
    -- earlier names, for one version
    base AS base, counter AS counter, rate_low AS low, rate_high AS high, q.base_rate_date AS base_date,
    q.quote_pair AS counter_pair, q.quote_rate_date AS counter_date
FROM (
    SELECT c.*, certain_decimals(c.n, c.n_low, c.n_high, c.clear) AS decimals
    FROM (
        SELECT n.*, clear_decimals(n.n_low, n.n_high) AS clear
        FROM (
            SELECT
                r.*, price_round(r.shape, r.top, r.bottom, 1000000000000000000) AS n,
                price_floor(r.shape, r.top_low, r.bottom_high, 1000000000000000000) AS n_low,
                price_ceil(r.shape, r.top_high, r.bottom_low, 1000000000000000000) AS n_high
            FROM (
                SELECT
                    w.source, w.via, w.b_inverse, w.base_pair, w.base_rate_date, w.quote_pair, w.quote_rate_date,
                    CASE
                        WHEN w.via IS NULL AND w.b_inverse THEN 'inverse'
                        WHEN w.via IS NULL THEN 'direct'
                        WHEN w.b_inverse = w.c_inverse THEN 'over'
                        WHEN w.b_inverse THEN 'inverse times'
                        ELSE 'times'
                    END AS shape,
                    -- where c is the inverse of a quote, its price is 1 by what is printed: it changes sides
                    CASE WHEN w.b_inverse THEN 1 ELSE w.b_mid END * CASE WHEN w.c_inverse THEN w.c_mid ELSE 1 END AS top,
                    CASE WHEN w.b_inverse THEN 1 ELSE w.b_low END * CASE WHEN w.c_inverse THEN w.c_low ELSE 1 END AS top_low,
                    CASE WHEN w.b_inverse THEN 1 ELSE w.b_high END * CASE WHEN w.c_inverse THEN w.c_high ELSE 1 END AS top_high,
                    CASE WHEN w.b_inverse THEN w.b_mid ELSE 1 END * CASE WHEN w.c_inverse THEN 1 ELSE w.c_mid END AS bottom,
                    CASE WHEN w.b_inverse THEN w.b_low ELSE 1 END * CASE WHEN w.c_inverse THEN 1 ELSE w.c_low END AS bottom_low,
                    CASE WHEN w.b_inverse THEN w.b_high ELSE 1 END * CASE WHEN w.c_inverse THEN 1 ELSE w.c_high END AS bottom_high
                FROM (
                    SELECT
                        b.source, b.in_currency AS via, b.inverse AS b_inverse, b.mid AS b_mid, b.low AS b_low, b.high AS b_high,
                        b.pair AS base_pair, b.page_date AS base_rate_date,
                        c.inverse AS c_inverse, c.mid AS c_mid, c.low AS c_low, c.high AS c_high,
                        c.pair AS quote_pair, c.page_date AS quote_rate_date
                    FROM cross_rate_legs(date) b
                    JOIN cross_rate_legs(date) c ON c.source = b.source AND c.in_currency = b.in_currency
                    WHERE b.currency = base AND c.currency = counter
                    UNION ALL
                    SELECT
                        b.source, NULL, b.inverse, b.mid, b.low, b.high, b.pair, b.page_date, false, 1, 1, 1, NULL, NULL
                    FROM cross_rate_legs(date) b
                    WHERE b.currency = base AND b.in_currency = counter
                ) w
            ) r
        ) n
    ) c
) q
WHERE of_store('{store_id}')
ORDER BY q.source, q.via NULLS FIRST, q.base_pair, q.quote_pair;
COMMENT ON MACRO TABLE cross_rate IS 'cross_rate(base, quote, date): price of 1 base in the quote currency from the last closes on or before a date, which may be of different dates, with the range rate_low to rate_high that their rounding allows, and the digits that are certain in rate_text; directly where quoted (via is null), or via a third currency. base, counter, low, high, base_date, counter_pair and counter_date are earlier names, kept for one version';

CREATE OR REPLACE MACRO indexed(pair, base_date) AS TABLE
SELECT
    d.source, pair AS pair, d.rate_date, s.rate_date AS start_date,
    rate_of_atoms(rounded_at(d.n, d.decimals)) AS rate, d.decimals AS rate_decimals, d.derived,
    percent_round(
        price_by_price(d.shape, d.top, d.n, s.shape, s.bottom), price_by_price(s.shape, s.top, s.n, d.shape, d.bottom)
    ) AS index_value,
    -- on the start date both rates are one, whatever the digits allow for it
    CASE WHEN d.rate_date = s.rate_date THEN 100 ELSE percent_floor(
        price_by_price(d.shape, d.top_low, d.n_low, s.shape, s.bottom_low),
        price_by_price(s.shape, s.top_high, s.n_high, d.shape, d.bottom_high)
    ) END AS index_low,
    CASE WHEN d.rate_date = s.rate_date THEN 100 ELSE percent_ceil(
        price_by_price(d.shape, d.top_high, d.n_high, s.shape, s.bottom_high),
        price_by_price(s.shape, s.top_low, s.n_low, d.shape, d.bottom_low)
    ) END AS index_high,
    d.rate_date AS page_date -- earlier name, for one version
FROM pair_prices(pair) d
JOIN (
    SELECT p.* FROM pair_prices(pair) p
    WHERE p.state = '' AND p.rate_date <= base_date::DATE
    QUALIFY row_number() OVER (PARTITION BY p.source ORDER BY p.rate_date DESC) = 1
) s ON s.source = d.source
WHERE of_store('{store_id}') AND d.state = ''
ORDER BY d.source, d.rate_date;
COMMENT ON MACRO TABLE indexed IS 'indexed(pair, base_date): the daily series of any pair that rate_series gives as an index, 100 at the last close on or before base_date (start_date), with the range index_low to index_high that rounding allows; on start_date it is exactly 100. page_date is the earlier name of rate_date, kept for one version';
