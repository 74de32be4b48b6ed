-- Questions with parameters. Dates may be given as DATE or as text, '2025-12-08'. No WITH in here: in a macro that a later
-- version stored, DuckDB 1.4.0 does not find its names.
--
-- DuckDB looks up the names in a macro where the session is, not where the macro is: of two attached stores, the macros of one
-- would answer with the rates of the other. So each table macro checks that the store it finds is its own. `{store_id}` is
-- replaced by the store's identity when the macro is created.

CREATE OR REPLACE VIEW this_store AS SELECT '{store_id}' AS store_id;
COMMENT ON VIEW this_store IS 'One row: the identity of the store that the macros of this file answer for';
COMMENT ON COLUMN this_store.store_id IS 'As in store_info';

-- One subquery, so that it is evaluated even if no row meets the other conditions.
CREATE OR REPLACE MACRO of_store(id) AS (
    SELECT CASE
        WHEN i.store_id IS DISTINCT FROM id
            THEN error('this macro belongs to another attached store, and answers after USE of that one')
        WHEN (SELECT count(*) FROM duckdb_views() v WHERE v.view_name = 'this_store' AND contains(v.sql, id)) <> 1
            THEN error('two copies of one store are attached; its macros answer where only one is')
        ELSE true
    END
    FROM store_info i
);
COMMENT ON MACRO of_store IS 'True if the session uses the store with this identity; an error otherwise, and where two copies of it are attached';

CREATE OR REPLACE MACRO last_closes(date) AS TABLE
SELECT d.source, d.pair, d.page_date, d.rate, d.rate_decimals, d.rate_text, d.low, d.high
FROM closes d
WHERE of_store('{store_id}') AND d.page_date <= date::DATE
QUALIFY row_number() OVER (PARTITION BY d.source, d.pair ORDER BY d.page_date DESC) = 1;
COMMENT ON MACRO TABLE last_closes IS 'last_closes(date): the last close on or before a date, one row per source and pair';

CREATE OR REPLACE MACRO rate_on(pair, date) AS TABLE
FROM last_closes(date) d
WHERE of_store('{store_id}') AND d.pair = pair;
COMMENT ON MACRO TABLE rate_on IS 'rate_on(pair, date): the last close on or before a date, one row per source; its own date is page_date';

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
    r.source, base AS base, counter AS counter,
    rate_of_nanos(r.mid) AS rate, rate_of_nanos(r.low) AS low, rate_of_nanos(r.high) AS high,
    r.via, r.base_pair, r.base_date, r.counter_pair, r.counter_date
FROM (
    SELECT
        *,
        -- billionths; 2e9 units are 1
        CASE
            WHEN NOT b_inverse AND NOT c_inverse THEN div_round(b_mid * 1000000000, c_mid)
            WHEN b_inverse AND c_inverse THEN div_round(c_mid * 1000000000, b_mid)
            WHEN c_inverse THEN div_round(b_mid * c_mid, 4000000000)
            ELSE div_round(4000000000000000000::HUGEINT * 1000000000, b_mid * c_mid)
        END AS mid,
        CASE
            WHEN NOT b_inverse AND NOT c_inverse THEN div_floor(b_low * 1000000000, c_high)
            WHEN b_inverse AND c_inverse THEN div_floor(c_low * 1000000000, b_high)
            WHEN c_inverse THEN div_floor(b_low * c_low, 4000000000)
            ELSE div_floor(4000000000000000000::HUGEINT * 1000000000, b_high * c_high)
        END AS low,
        CASE
            WHEN NOT b_inverse AND NOT c_inverse THEN div_ceil(b_high * 1000000000, c_low)
            WHEN b_inverse AND c_inverse THEN div_ceil(c_high * 1000000000, b_low)
            WHEN c_inverse THEN div_ceil(b_high * c_high, 4000000000)
            ELSE div_ceil(4000000000000000000::HUGEINT * 1000000000, b_low * c_low)
        END AS high
    FROM (
        SELECT
            b.source, b.in_currency AS via, b.inverse AS b_inverse, b.mid AS b_mid, b.low AS b_low, b.high AS b_high,
            b.pair AS base_pair, b.page_date AS base_date,
            c.inverse AS c_inverse, c.mid AS c_mid, c.low AS c_low, c.high AS c_high,
            c.pair AS counter_pair, c.page_date AS counter_date
        FROM cross_rate_legs(date) b
        JOIN cross_rate_legs(date) c ON c.source = b.source AND c.in_currency = b.in_currency
        WHERE b.currency = base AND c.currency = counter
        UNION ALL
        SELECT
            b.source, NULL, b.inverse, b.mid, b.low, b.high, b.pair, b.page_date,
            false, 2000000000, 2000000000, 2000000000, NULL, NULL
        FROM cross_rate_legs(date) b
        WHERE b.currency = base AND b.in_currency = counter
    ) ways
) r
WHERE of_store('{store_id}')
ORDER BY r.source, r.via NULLS FIRST, r.base_pair, r.counter_pair;
COMMENT ON MACRO TABLE cross_rate IS 'cross_rate(base, counter, date): price of 1 base in counter from the last closes on or before a date, with the range low to high that their rounding allows; directly where quoted (via is null), or via a third currency';

CREATE OR REPLACE MACRO indexed(pair, base_date) AS TABLE
SELECT
    d.source, d.pair, d.page_date, s.page_date AS start_date,
    d.rate, d.rate_decimals,
    pct_of_millionths(div_round(units(d.rate) * 100000000::HUGEINT, units(s.rate))) AS index_value,
    pct_of_millionths(div_floor(
        (units(d.rate) - half_tick(d.rate_decimals)) * 100000000::HUGEINT, units(s.rate) + half_tick(s.rate_decimals)
    )) AS index_low,
    pct_of_millionths(div_ceil(
        (units(d.rate) + half_tick(d.rate_decimals)) * 100000000::HUGEINT, units(s.rate) - half_tick(s.rate_decimals)
    )) AS index_high
FROM closes d
JOIN last_closes(base_date) s ON s.source = d.source AND s.pair = d.pair
WHERE of_store('{store_id}') AND d.pair = pair
ORDER BY d.source, d.page_date;
COMMENT ON MACRO TABLE indexed IS 'indexed(pair, base_date): the daily series as an index, 100 at the last close on or before base_date (start_date), with the range index_low to index_high that rounding allows';
