-- Any pair that quotes give: printed, printed the other way round, or crossed over a currency that two pairs share.
--
-- The price of 1 BASE in COUNTER is a fraction of whole numbers, top / bottom, in units of half 10^-9 as in dated_quotes.
-- Its shape tells which, and how units cancel (2 * 10^9 units are 1):
--
--     direct         BASE/COUNTER is printed                top / 2e9
--     inverse        COUNTER/BASE is printed                2e9 / bottom
--     over           two pairs in one currency, or of one   top / bottom
--     times          BASE/VIA and VIA/COUNTER               top / 4e18, top = product of both
--     inverse times  VIA/BASE and COUNTER/VIA               4e18 / bottom, bottom = product of both
--
-- The range: the least top by the greatest bottom, and the greatest by the least. Both ends are rounded outward at the last
-- decimal kept, the 18th, where every product still fits into 128 bits. No WITH in macros, see 6_macros.sql.

CREATE OR REPLACE MACRO pow10_wide(n) AS list_extract([
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
    10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000
]::HUGEINT[], n + 1);
COMMENT ON MACRO pow10_wide IS '10 to the power of n as an exact integer, n from 0 to 18';

CREATE OR REPLACE MACRO shape_times(shape, scale) AS CASE shape
    WHEN 'inverse' THEN 2000000000 * scale
    WHEN 'times' THEN 1::HUGEINT
    WHEN 'inverse times' THEN 4000000000000000000 * scale
    ELSE scale
END;
COMMENT ON MACRO shape_times IS 'A step towards rate_series: the factor of top in a price of this shape, in parts of 1 / scale';

CREATE OR REPLACE MACRO shape_by(shape, scale) AS CASE shape
    WHEN 'direct' THEN 2000000000::HUGEINT
    WHEN 'times' THEN 4000000000000000000 // scale
    ELSE 1::HUGEINT
END;
COMMENT ON MACRO shape_by IS 'A step towards rate_series: the factor of bottom in a price of this shape, in parts of 1 / scale';

CREATE OR REPLACE MACRO price_round(shape, top, bottom, scale) AS
    (2 * top * shape_times(shape, scale::HUGEINT) + bottom * shape_by(shape, scale::HUGEINT))
    // (2 * bottom * shape_by(shape, scale::HUGEINT));
COMMENT ON MACRO price_round IS 'The price top / bottom of a shape in parts of 1 / scale, rounded to nearest';

CREATE OR REPLACE MACRO price_floor(shape, top, bottom, scale) AS
    (top * shape_times(shape, scale::HUGEINT)) // (bottom * shape_by(shape, scale::HUGEINT));
COMMENT ON MACRO price_floor IS 'The price top / bottom of a shape in parts of 1 / scale, rounded down';

CREATE OR REPLACE MACRO price_ceil(shape, top, bottom, scale) AS
    (top * shape_times(shape, scale::HUGEINT) - 1) // (bottom * shape_by(shape, scale::HUGEINT)) + 1;
COMMENT ON MACRO price_ceil IS 'The price top / bottom of a shape in parts of 1 / scale, rounded up';

CREATE OR REPLACE MACRO rate_of_atoms(n) AS
    (TRY_CAST(n AS DECIMAL(38, 0)) * 0.000000000000000001::DECIMAL(19, 18))::DECIMAL(38, 18);
COMMENT ON MACRO rate_of_atoms IS 'n parts of 10^-18 as a rate, null if out of range';

-- Of a printed rate the range is one unit of its last digit wide, so that these are its printed decimals.
CREATE OR REPLACE MACRO clear_decimals(low, high) AS
    greatest(0, 18 - CASE WHEN high - low <= 1 THEN 0 ELSE length((high - low - 1)::VARCHAR) END);
COMMENT ON MACRO clear_decimals IS 'The most decimals whose unit is no smaller than a range, at least 0; low and high in parts of 10^-18';

CREATE OR REPLACE MACRO rounded_at(n, decimals) AS
    (2 * n + pow10_wide(18 - decimals)) // (2 * pow10_wide(18 - decimals)) * pow10_wide(18 - decimals);
COMMENT ON MACRO rounded_at IS 'A number above zero rounded to decimals, both in parts of 10^-18';

CREATE OR REPLACE MACRO rounded_change(n, decimals) AS
    CASE WHEN n < 0 THEN -rounded_at(-n, decimals) ELSE rounded_at(n, decimals) END;
COMMENT ON MACRO rounded_change IS 'A number of any sign rounded to decimals, both in parts of 10^-18';

-- A change of derived rates has two digits more than they have: they are rounded, it is not the difference of what is shown.
CREATE OR REPLACE MACRO change_digits(derived, decimals, other) AS
    least(18, greatest(decimals, other) + CASE WHEN derived THEN 2 ELSE 0 END);
COMMENT ON MACRO change_digits IS 'The decimals of the change between two rates with these decimals';

-- `clear` is clear_decimals(low, high): a macro copies the text of its arguments, and longer ones take long to plan.
CREATE OR REPLACE MACRO certain_decimals(n, low, high, clear) AS CASE
    WHEN rounded_at(n, clear) BETWEEN greatest(low, 1) AND high THEN clear
    WHEN rounded_at(n, least(18, clear + 1)) BETWEEN greatest(low, 1) AND high THEN least(18, clear + 1)
    ELSE least(18, clear + 2)
END;
COMMENT ON MACRO certain_decimals IS 'The decimals that a derived number is shown with: the most whose unit is no smaller than its range, and up to two more where the number rounded to these would lie outside its range; none below whole numbers. n, low and high in parts of 10^-18, clear as by clear_decimals';

CREATE OR REPLACE MACRO atoms_text(n, decimals) AS
    CASE WHEN n < 0 THEN '-' ELSE '' END || (abs(n) // pow10_wide(18))::VARCHAR
    || CASE WHEN decimals > 0 THEN '.' || left(lpad((abs(n) % pow10_wide(18))::VARCHAR, 18, '0'), decimals::BIGINT) ELSE '' END;
COMMENT ON MACRO atoms_text IS 'A number in parts of 10^-18 as text with exactly these decimals; further digits are cut';

CREATE OR REPLACE MACRO atoms_of(rate) AS trunc(rate::DECIMAL(38, 18))::HUGEINT * pow10_wide(18)
    + ((rate::DECIMAL(38, 18) - trunc(rate::DECIMAL(38, 18)))::DECIMAL(19, 18) * 1000000000000000000::DECIMAL(19, 0))::HUGEINT;
COMMENT ON MACRO atoms_of IS 'A rate in parts of 10^-18';

-- The range in words: two digits of its width, rounded outward.
CREATE OR REPLACE MACRO range_decimals(low, high) AS least(18, greatest(0, 20 - length((high - low)::VARCHAR)));
COMMENT ON MACRO range_decimals IS 'Decimals with which the ends of a range are shown; low and high in parts of 10^-18';

CREATE OR REPLACE MACRO low_text(low, high) AS atoms_text(
    div_floor(low, pow10_wide(18 - range_decimals(low, high))) * pow10_wide(18 - range_decimals(low, high)),
    range_decimals(low, high)
);
COMMENT ON MACRO low_text IS 'The low end of a range as text, rounded down; low and high in parts of 10^-18';

CREATE OR REPLACE MACRO high_text(low, high) AS atoms_text(
    div_ceil(high, pow10_wide(18 - range_decimals(low, high))) * pow10_wide(18 - range_decimals(low, high)),
    range_decimals(low, high)
);
COMMENT ON MACRO high_text IS 'The high end of a range as text, rounded up; low and high in parts of 10^-18';

-- The legs of a pair: every dated quote of one of its currencies, as the price of that currency in the other one. `state` is the
-- snapshot, and once more empty where the quote is the close of its date.
CREATE OR REPLACE MACRO pair_legs(pair) AS TABLE
SELECT
    l.source, l.page_date, l.state, l.other, l.currency = split_part(pair, '/', 1) AS is_base,
    l.inverse, l.leg, l.units, l.low, l.high, l.captures
FROM (
    SELECT
        d.source, d.page_date, d.pair AS leg, way.inverse,
        unnest(CASE WHEN c.snapshot_id IS NULL THEN [d.snapshot_id] ELSE [d.snapshot_id, ''] END) AS state,
        split_part(d.pair, '/', CASE WHEN way.inverse THEN 2 ELSE 1 END) AS currency,
        split_part(d.pair, '/', CASE WHEN way.inverse THEN 1 ELSE 2 END) AS other,
        d.units::HUGEINT AS units, d.low::HUGEINT AS low, d.high::HUGEINT AS high, c.captures
    FROM dated_quotes d
    LEFT JOIN closes c
        ON c.source = d.source AND c.page_date = d.page_date AND c.pair = d.pair AND c.snapshot_id = d.snapshot_id,
    unnest([false, true]) way(inverse)
    WHERE split_part(d.pair, '/', CASE WHEN way.inverse THEN 2 ELSE 1 END)
        IN (split_part(pair, '/', 1), split_part(pair, '/', 2))
) l
WHERE of_store('{store_id}');
COMMENT ON MACRO TABLE pair_legs IS 'A step towards rate_series: one row per dated quote of one of the currencies of a pair, read as the price of that currency in the other one; amounts in units of half 10^-9';

-- Where two pairs give one leg, on one date and in one state, the one that prints the currency as its base does.
CREATE OR REPLACE MACRO pair_ways(pair) AS TABLE
SELECT
    w.source, w.page_date, w.state, w.other, w.b.leg AS base_pair, w.c.leg AS quote_pair,
    CASE
        WHEN w.is_crossed AND w.b.inverse = w.c.inverse THEN 'over'
        WHEN w.is_crossed AND w.b.inverse THEN 'inverse times'
        WHEN w.is_crossed THEN 'times'
        WHEN w.b.inverse THEN 'inverse'
        ELSE 'direct'
    END AS shape,
    -- of V/X and V/Y the price of X in Y is the second by the first
    CASE WHEN w.is_crossed AND w.b.inverse AND w.c.inverse THEN w.c ELSE w.b END AS a,
    CASE WHEN w.is_crossed AND w.b.inverse AND w.c.inverse THEN w.b ELSE w.c END AS z,
    w.is_crossed, CASE WHEN w.is_crossed THEN least(w.b.captures, w.c.captures) ELSE w.b.captures END AS captures
FROM (
    SELECT
        l.source, l.page_date, l.state, l.other, l.other <> split_part(pair, '/', 2) AS is_crossed,
        arg_min(struct_pack(
            leg := l.leg, inverse := l.inverse, units := l.units, low := l.low, high := l.high, captures := l.captures
        ), l.inverse) FILTER (l.is_base) AS b,
        arg_min(struct_pack(
            leg := l.leg, inverse := l.inverse, units := l.units, low := l.low, high := l.high, captures := l.captures
        ), l.inverse) FILTER (NOT l.is_base) AS c
    FROM pair_legs(pair) l
    WHERE l.other <> split_part(pair, '/', 1)
    GROUP BY l.source, l.page_date, l.state, l.other
) w
WHERE of_store('{store_id}') AND w.b IS NOT NULL AND (w.c IS NOT NULL OR NOT w.is_crossed);
COMMENT ON MACRO TABLE pair_ways IS 'A step towards rate_series: one row per source, date, state and way to give a pair: printed, or over another currency';

-- A source that prints the two currencies against each other, either way, on any date, is not crossed. One that does not is
-- crossed over one currency for all dates: that of the most dates, of several the first by its code.
CREATE OR REPLACE MACRO pair_fractions(pair) AS TABLE
SELECT
    f.source, f.page_date, f.state, f.base_pair, f.quote_pair, f.shape, f.captures,
    CASE f.shape
        WHEN 'inverse' THEN 'inverse of ' || f.a.leg
        WHEN 'over' THEN f.a.leg || ' over ' || f.z.leg
        WHEN 'times' THEN f.a.leg || ' times ' || f.z.leg
        WHEN 'inverse times' THEN 'inverse of ' || f.a.leg || ' times ' || f.z.leg
    END AS derived,
    CASE f.shape WHEN 'times' THEN f.a.units * f.z.units WHEN 'direct' THEN f.a.units WHEN 'over' THEN f.a.units ELSE 1 END AS top,
    CASE f.shape WHEN 'times' THEN f.a.low * f.z.low WHEN 'direct' THEN f.a.low WHEN 'over' THEN f.a.low ELSE 1 END AS top_low,
    CASE f.shape WHEN 'times' THEN f.a.high * f.z.high WHEN 'direct' THEN f.a.high WHEN 'over' THEN f.a.high ELSE 1 END AS top_high,
    CASE f.shape WHEN 'inverse times' THEN f.a.units * f.z.units WHEN 'inverse' THEN f.a.units WHEN 'over' THEN f.z.units ELSE 1 END AS bottom,
    CASE f.shape WHEN 'inverse times' THEN f.a.low * f.z.low WHEN 'inverse' THEN f.a.low WHEN 'over' THEN f.z.low ELSE 1 END AS bottom_low,
    CASE f.shape WHEN 'inverse times' THEN f.a.high * f.z.high WHEN 'inverse' THEN f.a.high WHEN 'over' THEN f.z.high ELSE 1 END AS bottom_high
FROM (
    SELECT
        c.*, first_value(c.other) OVER (PARTITION BY c.source ORDER BY c.dates DESC, c.other) AS via,
        row_number() OVER (PARTITION BY c.source, c.page_date, c.state ORDER BY c.is_crossed, c.shape) AS place
    FROM (
        SELECT
            w.*, bool_and(w.is_crossed) OVER (PARTITION BY w.source) AS only_crossed,
            count(*) FILTER (w.state = '') OVER (PARTITION BY w.source, w.other) AS dates
        FROM pair_ways(pair) w
    ) c
) f
WHERE of_store('{store_id}') AND CASE WHEN f.only_crossed THEN f.other = f.via ELSE f.place = 1 AND NOT f.is_crossed END;
COMMENT ON MACRO TABLE pair_fractions IS 'A step towards rate_series: one row per source, date and state (empty for the close) with the pair as a fraction of whole numbers, see the head of 3_any_pair.sql';

CREATE OR REPLACE MACRO pair_prices(pair) AS TABLE
SELECT
    d.*, d.page_date AS rate_date,
    certain_decimals(d.n, d.n_low, d.n_high, d.clear)::TINYINT AS decimals
FROM (
    SELECT c.*, clear_decimals(c.n_low, c.n_high) AS clear
    FROM (
        SELECT
            f.*,
            price_round(f.shape, f.top, f.bottom, 1000000000000000000) AS n,
            price_floor(f.shape, f.top_low, f.bottom_high, 1000000000000000000) AS n_low,
            price_ceil(f.shape, f.top_high, f.bottom_low, 1000000000000000000) AS n_high
        FROM pair_fractions(pair) f
    ) c
) d
WHERE of_store('{store_id}');
COMMENT ON MACRO TABLE pair_prices IS 'A step towards rate_series: pair_fractions as prices in parts of 10^-18 (n, with the range n_low to n_high)';

CREATE OR REPLACE MACRO rate_series(pair) AS TABLE
SELECT
    s.source, s.rate_date, pair AS pair,
    split_part(pair, '/', 1) AS base_currency, split_part(pair, '/', 2) AS quote_currency,
    rate_of_atoms(rounded_at(s.n, s.decimals)) AS rate, s.decimals AS rate_decimals,
    atoms_text(rounded_at(s.n, s.decimals), s.decimals) AS rate_text,
    rate_of_atoms(s.n_low) AS rate_low, rate_of_atoms(s.n_high) AS rate_high, s.derived,
    rate_of_atoms(rounded_at(s.lowest.n, s.lowest.decimals)) AS lowest, s.lowest.decimals AS lowest_decimals,
    rate_of_atoms(rounded_at(s.highest.n, s.highest.decimals)) AS highest, s.highest.decimals AS highest_decimals,
    s.snapshots, s.captures, s.base_pair, s.quote_pair
FROM (
    SELECT
        p.*,
        min(struct_pack(n := p.n, decimals := p.decimals)) OVER date AS lowest, -- of the states, and of the close
        max(struct_pack(n := p.n, decimals := p.decimals)) OVER date AS highest,
        greatest(1, count(*) FILTER (p.state <> '') OVER date) AS snapshots
    FROM pair_prices(pair) p
    WINDOW date AS (PARTITION BY p.source, p.page_date)
) s
WHERE of_store('{store_id}') AND s.state = ''
ORDER BY s.source, s.rate_date;
COMMENT ON MACRO TABLE rate_series IS 'rate_series(pair): the daily closes of any pair, printed, printed the other way round, or crossed over one currency of the same source and date (derived says how), with the range rate_low to rate_high that the printed digits allow, and the lowest and highest rate seen; a derived rate has the most digits whose unit is no smaller than its range, or up to two more where the rounded rate would else lie outside it';

-- Whole numbers p and q whose quotient is the price of a row by that of another one, exactly where both have the same shape.
CREATE OR REPLACE MACRO price_by_price(shape, top, n, other_shape, other_bottom) AS
    CASE WHEN shape = other_shape THEN top * other_bottom ELSE n END;
COMMENT ON MACRO price_by_price IS 'A step towards rate_changes and indexed: one side of the quotient of two prices: n, or exactly top times the bottom of the other price where both have one shape';

-- 10^8 times p would not fit where p exceeds 10^30: the quotient then comes from q without its last eight digits, rounded so
-- that a range only widens.
CREATE OR REPLACE MACRO percent_round(change, base) AS CASE
    WHEN abs(change) < pow10_wide(15) * pow10_wide(15) THEN pct_of_millionths(div_round(change * 100000000, base))
    ELSE pct_of_millionths(div_round(change, nullif(div_round(base, 100000000), 0)))
END;
COMMENT ON MACRO percent_round IS 'A change of up to 128 bits as a percentage of a base, rounded to 6 decimals, null if out of range';

CREATE OR REPLACE MACRO percent_floor(change, base) AS CASE
    WHEN abs(change) < pow10_wide(15) * pow10_wide(15) THEN pct_of_millionths(div_floor(change * 100000000, base))
    WHEN change < 0 THEN pct_of_millionths(div_floor(change, nullif(div_floor(base, 100000000), 0)))
    ELSE pct_of_millionths(div_floor(change, nullif(div_ceil(base, 100000000), 0)))
END;
COMMENT ON MACRO percent_floor IS 'A change of up to 128 bits as a percentage of a base, rounded down to 6 decimals, null if out of range';

CREATE OR REPLACE MACRO percent_ceil(change, base) AS -percent_floor(-change, base);
COMMENT ON MACRO percent_ceil IS 'A change of up to 128 bits as a percentage of a base, rounded up to 6 decimals, null if out of range';

CREATE OR REPLACE MACRO pair_moves(pair) AS TABLE
SELECT
    m.source, m.rate_date, m.state, m.n, m.decimals, m.derived, m.base_pair, m.quote_pair,
    rate_of_atoms(rounded_at(m.n, m.decimals)) AS rate, rate_of_atoms(m.n_low) AS rate_low, rate_of_atoms(m.n_high) AS rate_high,
    m.before.page_date AS previous_date, rate_of_atoms(rounded_at(m.before.n, m.before.decimals)) AS previous_rate,
    m.before.decimals AS previous_decimals, (m.rate_date - m.before.page_date)::INTEGER AS gap_days,
    change_digits(m.derived IS NOT NULL, m.decimals, m.before.decimals)::TINYINT AS change_decimals,
    rate_of_atoms(rounded_change(
        m.n - m.before.n, change_digits(m.derived IS NOT NULL, m.decimals, m.before.decimals)
    )) AS change,
    rate_of_atoms(m.n_low - m.before.n_high) AS change_low, rate_of_atoms(m.n_high - m.before.n_low) AS change_high,
    percent_round(
        price_by_price(m.shape, m.top, m.n, m.before.shape, m.before.bottom)
        - price_by_price(m.before.shape, m.before.top, m.before.n, m.shape, m.bottom),
        price_by_price(m.before.shape, m.before.top, m.before.n, m.shape, m.bottom)
    ) AS change_pct,
    percent_floor(
        price_by_price(m.shape, m.top_low, m.n_low, m.before.shape, m.before.bottom_low)
        - price_by_price(m.before.shape, m.before.top_high, m.before.n_high, m.shape, m.bottom_high),
        price_by_price(m.before.shape, m.before.top_high, m.before.n_high, m.shape, m.bottom_high)
    ) AS change_pct_low,
    percent_ceil(
        price_by_price(m.shape, m.top_high, m.n_high, m.before.shape, m.before.bottom_high)
        - price_by_price(m.before.shape, m.before.top_low, m.before.n_low, m.shape, m.bottom_low),
        price_by_price(m.before.shape, m.before.top_low, m.before.n_low, m.shape, m.bottom_low)
    ) AS change_pct_high
FROM (
    SELECT
        p.*, last_value(CASE WHEN p.state = '' THEN struct_pack(
            page_date := p.page_date, shape := p.shape, n := p.n, n_low := p.n_low, n_high := p.n_high, decimals := p.decimals,
            top := p.top, top_low := p.top_low, top_high := p.top_high,
            bottom := p.bottom, bottom_low := p.bottom_low, bottom_high := p.bottom_high
        ) END IGNORE NULLS) OVER (
            PARTITION BY p.source ORDER BY p.page_date RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING
        ) AS before
    FROM pair_prices(pair) p
) m
WHERE of_store('{store_id}');
COMMENT ON MACRO TABLE pair_moves IS 'A step towards rate_changes: one row per source, date and state (empty for the close) of any pair, with its change since the previous close';

CREATE OR REPLACE MACRO rate_changes(pair) AS TABLE
SELECT
    m.source, m.rate_date, pair AS pair, m.rate, m.decimals AS rate_decimals, m.rate_low, m.rate_high, m.derived,
    m.previous_date, m.previous_rate, m.previous_decimals, m.gap_days,
    m.change, m.change_pct, m.change_pct_low, m.change_pct_high, m.change_low, m.change_high, m.change_decimals
FROM pair_moves(pair) m
WHERE of_store('{store_id}') AND m.state = ''
ORDER BY m.source, m.rate_date;
COMMENT ON MACRO TABLE rate_changes IS 'rate_changes(pair): the change from close to close of any pair that rate_series gives, as an amount and in percent, each with the range _low to _high that the printed digits allow; computed from the exact rates, also where those shown are rounded';

CREATE OR REPLACE MACRO pair_gaps(pair) AS TABLE
SELECT
    r.source, pair AS pair, min(r.page_date) AS first_missing, max(r.page_date) AS last_missing,
    count(*) AS days
FROM (
    -- within a run of missing days, date less running number is constant
    SELECT m.source, m.page_date, m.page_date - (row_number() OVER (PARTITION BY m.source ORDER BY m.page_date))::INTEGER AS run
    FROM (
        SELECT c.source, c.page_date, s.rate_date, count(s.rate_date) OVER (PARTITION BY c.source) AS given
        FROM coverage c
        LEFT JOIN rate_series(pair) s ON s.source = c.source AND s.rate_date = c.page_date
    ) m
    WHERE m.given > 0 AND m.rate_date IS NULL
) r
WHERE of_store('{store_id}')
GROUP BY r.source, r.run
ORDER BY r.source, first_missing;
COMMENT ON MACRO TABLE pair_gaps IS 'pair_gaps(pair): the runs of dates between the first and the last page date of a source on which it does not give a pair, quoted or derived';

CREATE OR REPLACE MACRO is_turned(prefer, source, pair) AS
    list_contains(prefer, source || ' ' || split_part(pair, '/', 2) || '/' || split_part(pair, '/', 1))
    OR (
        list_contains(prefer, '* ' || split_part(pair, '/', 2) || '/' || split_part(pair, '/', 1))
        AND NOT list_contains(prefer, source || ' ' || pair)
    );
COMMENT ON MACRO is_turned IS 'True if people prefer a quoted pair the other way round: prefer lists SOURCE PAIR, or * PAIR for every source that does not prefer otherwise';

CREATE OR REPLACE MACRO latest_turned(prefer) AS TABLE
SELECT
    t.source, CASE WHEN t.is_turned THEN t.other_pair ELSE t.pair END AS pair, t.page_date,
    CASE WHEN t.is_turned THEN atoms_text(rounded_at(t.n, t.decimals), t.decimals) ELSE t.rate_text END AS rate_text,
    CASE WHEN NOT t.is_turned THEN t.reported_text END AS reported_text, t.previous_date,
    CASE WHEN t.is_turned THEN atoms_text(rounded_at(t.q, t.q_decimals), t.q_decimals)
        ELSE as_printed(t.previous_rate, t.previous_decimals) END AS previous_text,
    CASE WHEN t.is_turned THEN atoms_text(
        rounded_change(t.n - t.q, change_digits(true, t.decimals, t.q_decimals)),
        change_digits(true, t.decimals, t.q_decimals)
    ) ELSE as_printed(t.change, t.rate_decimals) END AS change_text,
    CASE WHEN t.is_turned THEN low_text(t.n_low, t.n_high) END AS rate_low,
    CASE WHEN t.is_turned THEN high_text(t.n_low, t.n_high) END AS rate_high,
    CASE WHEN t.is_turned THEN percent_round(t.p - t.u, t.u) ELSE percent_round(t.u - t.p, t.p) END AS change_pct,
    CASE WHEN t.is_turned THEN percent_floor(t.p - t.p_half - t.u - t.half, t.u + t.half)
        ELSE percent_floor(t.u - t.half - t.p - t.p_half, t.p + t.p_half) END AS change_pct_low,
    CASE WHEN t.is_turned THEN percent_ceil(t.p + t.p_half - t.u + t.half, t.u - t.half)
        ELSE percent_ceil(t.u + t.half - t.p + t.p_half, t.p - t.p_half) END AS change_pct_high,
    CASE WHEN t.is_turned THEN 'inverse of ' || t.pair END AS derived, t.days_behind, t.snapshot_id
FROM (
    SELECT
        c.*, certain_decimals(c.n, c.n_low, c.n_high, c.clear) AS decimals,
        certain_decimals(c.q, c.q_low, c.q_high, c.q_clear) AS q_decimals
    FROM (
        SELECT i.*, clear_decimals(i.n_low, i.n_high) AS clear, clear_decimals(i.q_low, i.q_high) AS q_clear
        FROM (
            SELECT
                u.*,
                price_round('inverse', 1::HUGEINT, u.u, 1000000000000000000) AS n,
                price_floor('inverse', 1::HUGEINT, u.u + u.half, 1000000000000000000) AS n_low,
                price_ceil('inverse', 1::HUGEINT, u.u - u.half, 1000000000000000000) AS n_high,
                price_round('inverse', 1::HUGEINT, u.p, 1000000000000000000) AS q,
                price_floor('inverse', 1::HUGEINT, u.p + u.p_half, 1000000000000000000) AS q_low,
                price_ceil('inverse', 1::HUGEINT, u.p - u.p_half, 1000000000000000000) AS q_high
            FROM (
                SELECT
                    l.*, is_turned(prefer, l.source, l.pair) AS is_turned,
                    split_part(l.pair, '/', 2) || '/' || split_part(l.pair, '/', 1) AS other_pair,
                    units(l.rate)::HUGEINT AS u, half_tick(l.rate_decimals) AS half,
                    units(l.previous_rate)::HUGEINT AS p, half_tick(l.previous_decimals) AS p_half
                FROM latest l
            ) u
        ) i
    ) c
) t
WHERE of_store('{store_id}')
ORDER BY t.source, pair;
COMMENT ON MACRO TABLE latest_turned IS 'latest_turned(prefer): the newest closes, each in the direction that people prefer, see is_turned; derived marks an inverse, whose report is left out since it refers to the printed rate';
