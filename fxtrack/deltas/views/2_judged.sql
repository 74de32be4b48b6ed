-- Every report under the rules in force: the bases that it implies, and the nearest snapshot that explains it.

-- The end of a range belongs to it if that number itself is a base.
CREATE OR REPLACE VIEW report_ranges AS
WITH ends AS (
    SELECT DISTINCT -- a ticker repeats itself
        b.source, b.low, b.high, b.unit_decimals, b.reported_text, b.change_decimals, b.pct_decimals, b.rounding_mode, b.half,
        b.tick, b.hundred, b.p, b.p_low, b.p_high, b.below, b.even_halves, b.low_open, b.high_closed, b.dir, b.k_low, b.k_high,
        b.base_low, b.base_high, b.reported_sign
    FROM report_bounds b
    WHERE b.chosen
), moved AS ( -- in steps: an expression that others refer to by name is planned once for each of them
    SELECT
        *,
        CASE dir WHEN 1 THEN low - base_low ELSE base_low - high END AS least_of_low,
        CASE dir WHEN 1 THEN high - base_low ELSE base_low - low END AS most_of_low,
        CASE dir WHEN 1 THEN low - base_high ELSE base_high - high END AS least_of_high,
        CASE dir WHEN 1 THEN high - base_high ELSE base_high - low END AS most_of_high
    FROM ends
), ticked AS (
    SELECT
        *,
        least_ticks(k_low, half, tick, below, even_halves, least_of_low) AS k_of_low,
        least_ticks(k_low, half, tick, below, even_halves, least_of_high) AS k_of_high
    FROM moved
), met AS (
    SELECT
        source, low, high, unit_decimals, reported_text, change_decimals, pct_decimals, rounding_mode, dir,
        least(base_low + 1 - coalesce(explained_by(
            dir, reported_sign, p, p_low, p_high, below, even_halves, low_open, high_closed, hundred, half, tick, k_low, k_high,
            low, high, base_low, base_low, least_of_low, most_of_low, k_of_low
        ), false)::INTEGER, 9000000000000000000)::BIGINT AS meets_low,
        least(coalesce(base_high - 1 + coalesce(explained_by(
            dir, reported_sign, p, p_low, p_high, below, even_halves, low_open, high_closed, hundred, half, tick, k_low, k_high,
            low, high, base_high, base_high, least_of_high, most_of_high, k_of_high
        ), false)::INTEGER, 9000000000000000000), 9000000000000000000)::BIGINT AS meets_high,
        least(base_holes(dir, p, p_low, p_high, below, hundred, half, tick, k_low, k_high, low, high), 9000000000000000000)::BIGINT
            AS holes
    FROM ticked
), hulls AS (
    SELECT
        b.source, b.page_date, b.pair, b.low, b.high, b.reported_text, min(b.base_low) AS base_low,
        CASE WHEN count(b.base_high) = count(*) THEN max(b.base_high) END AS base_high,
        min(m.meets_low) AS meets_low, max(m.meets_high) AS meets_high,
        greatest(max(m.holes), max(m.meets_low) - min(m.meets_high)) AS holes
    FROM report_bounds b
    JOIN met m
        ON m.source = b.source AND m.low = b.low AND m.high = b.high AND m.unit_decimals = b.unit_decimals
        AND m.reported_text = b.reported_text AND m.change_decimals IS NOT DISTINCT FROM b.change_decimals
        AND m.pct_decimals IS NOT DISTINCT FROM b.pct_decimals AND m.rounding_mode = b.rounding_mode AND m.dir = b.dir
    WHERE b.chosen
    GROUP BY ALL
)
SELECT h.*, hash(h.source, h.pair, h.meets_low, h.meets_high, h.holes) AS range_id FROM hulls h;
COMMENT ON VIEW report_ranges IS 'A step towards deltas: one row per printed report of a date that some base could yield under the rules in force, and the range of these bases. Amounts in units of half 10^-9';
COMMENT ON COLUMN report_ranges.source IS 'Name of the source';
COMMENT ON COLUMN report_ranges.page_date IS 'Page date of the report';
COMMENT ON COLUMN report_ranges.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN report_ranges.low IS 'Printed rate less half a tick';
COMMENT ON COLUMN report_ranges.high IS 'Printed rate plus half a tick';
COMMENT ON COLUMN report_ranges.reported_text IS 'The report as printed';
COMMENT ON COLUMN report_ranges.base_low IS 'Least base that could yield the report, rounded down';
COMMENT ON COLUMN report_ranges.base_high IS 'Greatest base that could yield the report, rounded up, null for no limit';
COMMENT ON COLUMN report_ranges.meets_low IS 'As in settled_ranges';
COMMENT ON COLUMN report_ranges.meets_high IS 'As in settled_ranges';
COMMENT ON COLUMN report_ranges.holes IS 'As in settled_ranges';
COMMENT ON COLUMN report_ranges.range_id IS 'As in settled_ranges';

CREATE OR REPLACE VIEW judged_reports AS
WITH explained AS (
    SELECT
        e.source, e.page_date, e.pair, e.low, e.high, e.reported_text, count(*) AS rules, max(e.base_date) AS base_date,
        max(e.base_date) = min(e.base_date) AS same_date
    FROM explanations e
    WHERE e.chosen
    GROUP BY ALL
), undecided_rules AS (
    SELECT r.source, r.valid_from, r.valid_to, count(*) AS rules
    FROM rounding_rules r
    WHERE r.chosen AND NOT r.decided
    GROUP BY ALL
), making_possible AS (
    SELECT DISTINCT
        b.source, b.page_date, b.pair, b.low, b.high, b.reported_text, b.change_decimals, b.pct_decimals, b.rounding_mode,
        true AS possible
    FROM report_bounds b
    WHERE b.chosen
), doubtful AS ( -- where the rule is undecided: the remaining rules that make a report possible, and those that explain it
    SELECT q.source, q.page_date, q.pair, q.low, q.high, q.reported_text, u.rules, count(b.possible) AS possible
    FROM printed_quotes q
    JOIN undecided_rules u
        ON u.source = q.source AND (u.valid_from IS NULL OR q.page_date >= u.valid_from)
        AND (u.valid_to IS NULL OR q.page_date < u.valid_to)
    LEFT JOIN making_possible b
        ON b.source = q.source AND b.page_date = q.page_date AND b.pair = q.pair AND b.low = q.low AND b.high = q.high
        AND b.reported_text = q.reported_text
    WHERE q.reported_text IS NOT NULL
    GROUP BY ALL
), told AS (
    SELECT
        source, page_date, pair, low, high, reported_text, r.base_low, r.base_high, r.range_id,
        high >= r.meets_low AND low <= r.meets_high AS meets_itself, e.base_date,
        coalesce(d.possible < d.rules OR e.rules < d.rules OR NOT e.same_date, false) AS undecided
    FROM report_ranges r
    FULL JOIN doubtful d USING (source, page_date, pair, low, high, reported_text)
    LEFT JOIN explained e USING (source, page_date, pair, low, high, reported_text)
), repeated AS (
    SELECT r.snapshot_id FROM repeats r
)
SELECT
    q.snapshot_id, q.pair, t.base_low, t.base_high, CASE WHEN NOT t.undecided THEN t.base_date END AS base_date, t.undecided,
    t.range_id, t.meets_itself, q.source, e.snapshot_id IS NOT NULL AS repeated
FROM dated_quotes q
JOIN told t USING (source, page_date, pair, low, high, reported_text)
LEFT JOIN repeated e ON e.snapshot_id = q.snapshot_id;
COMMENT ON VIEW judged_reports IS 'A step towards deltas: what settled_reports stores of each report, computed anew. Amounts in units of half 10^-9';
COMMENT ON COLUMN judged_reports.snapshot_id IS 'The snapshot that reports';
COMMENT ON COLUMN judged_reports.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN judged_reports.base_low IS 'Least base that could yield the report, rounded down';
COMMENT ON COLUMN judged_reports.base_high IS 'Greatest base that could yield the report, rounded up, null for no limit';
COMMENT ON COLUMN judged_reports.base_date IS 'Date of the nearest snapshot that explains the report, null if none does';
COMMENT ON COLUMN judged_reports.undecided IS 'True if the rounding rule is undecided and the remaining rules judge the report differently';
COMMENT ON COLUMN judged_reports.range_id IS 'The range in report_ranges; null if no base could yield the report';
COMMENT ON COLUMN judged_reports.meets_itself IS 'As in settled_reports';
COMMENT ON COLUMN judged_reports.source IS 'Name of the source';
COMMENT ON COLUMN judged_reports.repeated IS 'As in settled_reports';
