-- The reports of a lot under the rules in force: the bases that each implies, the nearest snapshot that explains it, and the
-- fit of the snapshots as bases. The end of a range belongs to it if that number itself is a base.
CREATE OR REPLACE TEMP TABLE ranges AS
WITH ends AS (
    SELECT DISTINCT -- a ticker repeats itself
        source, low, high, unit_decimals, reported_text, change_decimals, pct_decimals, rounding_mode, half, tick, hundred, p,
        p_low, p_high, below, even_halves, low_open, high_closed, dir, k_low, k_high, base_low, base_high, reported_sign
    FROM bounds
), met AS (
    SELECT
        source, low, high, unit_decimals, reported_text, change_decimals, pct_decimals, rounding_mode, dir,
        least(base_low + 1 - base_explains(
            base_low, dir, reported_sign, p, p_low, p_high, below, even_halves, low_open, high_closed, hundred, half, tick,
            k_low, k_high, low, high
        )::INTEGER, 9000000000000000000)::BIGINT AS meets_low,
        least(coalesce(base_high - 1 + base_explains(
            base_high, dir, reported_sign, p, p_low, p_high, below, even_halves, low_open, high_closed, hundred, half, tick,
            k_low, k_high, low, high
        )::INTEGER, 9000000000000000000), 9000000000000000000)::BIGINT AS meets_high,
        least(base_holes(dir, p, p_low, p_high, below, hundred, half, tick, k_low, k_high, low, high), 9000000000000000000)::BIGINT
            AS holes
    FROM ends
), hulls AS (
    SELECT
        b.source, b.page_date, b.pair, b.low, b.high, b.reported_text, min(b.base_low) AS base_low,
        CASE WHEN count(b.base_high) = count(*) THEN max(b.base_high) END AS base_high,
        min(m.meets_low) AS meets_low, max(m.meets_high) AS meets_high,
        greatest(max(m.holes), max(m.meets_low) - min(m.meets_high)) AS holes
    FROM bounds b
    JOIN lot l ON l.source = b.source AND l.page_date = b.page_date
    JOIN met m
        ON m.source = b.source AND m.low = b.low AND m.high = b.high AND m.unit_decimals = b.unit_decimals
        AND m.reported_text = b.reported_text AND m.change_decimals IS NOT DISTINCT FROM b.change_decimals
        AND m.pct_decimals IS NOT DISTINCT FROM b.pct_decimals AND m.rounding_mode = b.rounding_mode AND m.dir = b.dir
    WHERE l.reports
    GROUP BY ALL
)
SELECT *, hash(source, pair, meets_low, meets_high, holes) AS range_id FROM hulls;

INSERT INTO settled_ranges
SELECT DISTINCT range_id, source, pair, meets_low, meets_high, holes FROM ranges
ANTI JOIN settled_ranges USING (range_id);

INSERT INTO settled_reports BY NAME
WITH explained AS (
    SELECT
        source, page_date, pair, low, high, reported_text, count(*) AS rules, max(base_date) AS base_date,
        max(base_date) = min(base_date) AS same_date
    FROM found
    GROUP BY ALL
), doubtful AS ( -- where the rule is undecided: the remaining rules that make a report possible, and those that explain it
    SELECT q.source, q.page_date, q.pair, q.low, q.high, q.reported_text, u.rules, count(b.possible) AS possible
    FROM printed_quotes q
    JOIN lot l ON l.source = q.source AND l.page_date = q.page_date
    JOIN (
        SELECT source, valid_from, valid_to, count(*) AS rules
        FROM rounding_rules
        WHERE chosen AND NOT decided
        GROUP BY ALL
    ) u
        ON u.source = q.source AND (u.valid_from IS NULL OR q.page_date >= u.valid_from)
        AND (u.valid_to IS NULL OR q.page_date < u.valid_to)
    LEFT JOIN (
        SELECT DISTINCT
            source, page_date, pair, low, high, reported_text, change_decimals, pct_decimals, rounding_mode, true AS possible
        FROM bounds
    ) b
        ON b.source = q.source AND b.page_date = q.page_date AND b.pair = q.pair AND b.low = q.low AND b.high = q.high
        AND b.reported_text = q.reported_text
    WHERE l.reports AND q.reported_text IS NOT NULL
    GROUP BY ALL
), repeated AS (
    SELECT snapshot_id FROM repeats
), told AS (
    SELECT
        source, page_date, pair, low, high, reported_text, r.base_low, r.base_high, r.range_id,
        high >= r.meets_low AND low <= r.meets_high AS meets_itself, e.base_date,
        coalesce(d.possible < d.rules OR e.rules < d.rules OR NOT e.same_date, false) AS undecided
    FROM ranges r
    FULL JOIN doubtful d USING (source, page_date, pair, low, high, reported_text)
    LEFT JOIN explained e USING (source, page_date, pair, low, high, reported_text)
)
SELECT
    q.snapshot_id, q.pair, t.base_low, t.base_high, CASE WHEN NOT t.undecided THEN t.base_date END AS base_date, t.undecided,
    t.range_id, t.meets_itself, q.source, e.snapshot_id IS NOT NULL AS repeated
FROM dated_quotes q
JOIN told t USING (source, page_date, pair, low, high, reported_text)
LEFT JOIN repeated e ON e.snapshot_id = q.snapshot_id;

INSERT INTO settled_bases
SELECT e.*
FROM base_evidence e
JOIN snapshots s ON s.snapshot_id = e.snapshot_id
JOIN lot l ON l.source = s.source AND l.page_date = s.page_date
WHERE l.bases;

DROP TABLE temp.snapshots;
DROP TABLE temp.printed_quotes;
DROP TABLE temp.sightings;
DROP VIEW temp.report_bounds;
DROP TABLE bounds;
DROP TABLE found;
DROP TABLE not_found;
DROP TABLE ranges;
DROP TABLE lot;
