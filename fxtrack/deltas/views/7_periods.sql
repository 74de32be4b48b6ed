-- Weeks, months, quarters and years of any pair. A period without a capture is a row without rates.

CREATE OR REPLACE MACRO period_start(date, every) AS CASE
    WHEN every = 'week' THEN date_trunc('week', date::DATE)::DATE
    WHEN every = 'month' THEN date_trunc('month', date::DATE)::DATE
    WHEN every = 'quarter' THEN date_trunc('quarter', date::DATE)::DATE
    WHEN every = 'year' THEN date_trunc('year', date::DATE)::DATE
    ELSE error('a period is week, month, quarter or year, not ' || coalesce(every, 'null'))
END;
COMMENT ON MACRO period_start IS 'The first day of the week (from Monday, ISO 8601), month, quarter or year that a date lies in';

CREATE OR REPLACE MACRO period_step(every) AS CASE every
    WHEN 'week' THEN INTERVAL 7 DAY WHEN 'month' THEN INTERVAL 1 MONTH WHEN 'quarter' THEN INTERVAL 3 MONTH ELSE INTERVAL 1 YEAR
END;
COMMENT ON MACRO period_step IS 'The length of a week, month, quarter or year';

CREATE OR REPLACE MACRO period_rates(pair, every) AS TABLE
SELECT
    a.*, certain_decimals(a.mean, a.mean_low, a.mean_high, a.mean_clear)::TINYINT AS mean_decimals
FROM (
    SELECT m.*, clear_decimals(m.mean_low, m.mean_high) AS mean_clear
    FROM (
        SELECT
            p.source, period_start(p.page_date, every) AS period_start,
            arg_min(struct_pack(n := p.n, low := p.n_low, high := p.n_high, decimals := p.decimals), p.page_date)
                FILTER (p.state = '') AS open,
            arg_max(struct_pack(n := p.n, low := p.n_low, high := p.n_high, decimals := p.decimals), p.page_date)
                FILTER (p.state = '') AS close,
            min(struct_pack(n := p.n, low := p.n_low, high := p.n_high, decimals := p.decimals)) AS lowest,
            max(struct_pack(n := p.n, low := p.n_low, high := p.n_high, decimals := p.decimals)) AS highest,
            count(*) FILTER (p.state = '') AS days_captured,
            (2 * sum(p.n) FILTER (p.state = '') + days_captured) // (2 * days_captured) AS mean,
            sum(p.n_low) FILTER (p.state = '') // days_captured AS mean_low,
            (sum(p.n_high) FILTER (p.state = '') + days_captured - 1) // days_captured AS mean_high,
            string_agg(DISTINCT p.derived, '; ' ORDER BY p.derived) AS derived
        FROM pair_prices(pair) p
        GROUP BY p.source, period_start(p.page_date, every)
    ) m
) a
WHERE of_store('{store_id}');
COMMENT ON MACRO TABLE period_rates IS 'A step towards periods: one row per source and period with a capture, amounts in parts of 10^-18';

CREATE OR REPLACE MACRO periods(pair, every) AS TABLE
SELECT
    r.source, pair AS pair, every AS every, r.period_start, (r.period_start + period_step(every))::DATE - 1 AS period_end,
    rate_of_atoms(rounded_at(r.open.n, r.open.decimals)) AS open,
    rate_of_atoms(rounded_at(r.highest.n, r.highest.decimals)) AS highest,
    rate_of_atoms(rounded_at(r.lowest.n, r.lowest.decimals)) AS lowest,
    rate_of_atoms(rounded_at(r.close.n, r.close.decimals)) AS close,
    rate_of_atoms(rounded_at(r.mean, r.mean_decimals)) AS mean,
    coalesce(r.days_captured, 0) AS days_captured, r.days_possible, r.derived,
    rate_of_atoms(r.open.low) AS open_low, rate_of_atoms(r.open.high) AS open_high,
    rate_of_atoms(r.highest.low) AS highest_low, rate_of_atoms(r.highest.high) AS highest_high,
    rate_of_atoms(r.lowest.low) AS lowest_low, rate_of_atoms(r.lowest.high) AS lowest_high,
    rate_of_atoms(r.close.low) AS close_low, rate_of_atoms(r.close.high) AS close_high,
    rate_of_atoms(r.mean_low) AS mean_low, rate_of_atoms(r.mean_high) AS mean_high,
    r.open.decimals AS open_decimals, r.highest.decimals AS highest_decimals, r.lowest.decimals AS lowest_decimals,
    r.close.decimals AS close_decimals, r.mean_decimals, 'Monday' AS week_starts
FROM (
    SELECT
        p.* EXCLUDE (source, period_start), d.source, d.period_start, d.days_possible,
        count(p.source) OVER (PARTITION BY d.source) AS given
    FROM (
        SELECT v.source, period_start(v.page_date, every) AS period_start, count(*) AS days_possible
        FROM coverage v
        GROUP BY v.source, period_start(v.page_date, every)
    ) d
    LEFT JOIN period_rates(pair, every) p ON p.source = d.source AND p.period_start = d.period_start
) r
WHERE of_store('{store_id}') AND r.given > 0
ORDER BY r.source, r.period_start;
COMMENT ON MACRO TABLE periods IS 'periods(pair, every): any pair that rate_series gives by week (from Monday), month, quarter or year, one row per source and period between its first and last page date, null rates where nothing is captured: open and close are the first and last close, lowest and highest the extremes of all rates seen, mean that of the closes of captured dates, each with its range _low to _high; days_possible are the calendar days of the period between the first and last page date of the source';
