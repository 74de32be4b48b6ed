-- The change of every rate, compared with the report of its source.

CREATE OR REPLACE VIEW compared AS
WITH counted AS (
    -- grouped, so that DuckDB leaves it out of a query that does not ask for chances; two ranges with one digest count for none
    SELECT source, range_id, any_value(states) AS states, CASE WHEN count(*) = 1 THEN any_value(explaining) END AS explaining
    FROM chances
    GROUP BY source, range_id
), settled AS (
    SELECT r.*, h.states, h.explaining
    FROM settled_reports r
    LEFT JOIN counted h ON h.source = r.source AND h.range_id = r.range_id
), successive AS (
    SELECT
        source, pair, page_date, snapshot_id,
        lag(page_date) OVER earlier AS previous_date,
        lag(rate) OVER earlier AS previous_rate,
        lag(rate_decimals) OVER earlier AS previous_decimals
    FROM closes
    WINDOW earlier AS (PARTITION BY source, pair ORDER BY page_date)
), joined AS (
    SELECT
        d.*, d.snapshot_id = c.snapshot_id AS is_close, c.previous_date, c.previous_rate, c.previous_decimals,
        d.page_date - c.previous_date AS gap_days,
        units(c.previous_rate) AS p_units,
        units(c.previous_rate) - half_tick(c.previous_decimals) AS p_low,
        units(c.previous_rate) + half_tick(c.previous_decimals) AS p_high,
        i.snapshot_id IS NOT NULL AS has_base, i.base_low, i.base_high, i.base_date, i.undecided, i.repeated, s.lookback_days,
        CASE WHEN d.page_date - i.base_date <= s.examined THEN d.page_date - i.base_date > s.evidence_days END AS beyond_evidence,
        -- the report's own state does not count, and the one that explains it is not chance
        CASE WHEN i.base_date IS NOT NULL THEN i.explaining - 1 - i.meets_itself::BIGINT END AS chance,
        CASE WHEN i.base_date IS NOT NULL THEN i.states - 2 END AS chance_of
    FROM dated_quotes d
    JOIN successive c ON c.source = d.source AND c.pair = d.pair AND c.page_date = d.page_date
    JOIN (
        SELECT n.source, n.lookback_days, e.days_back AS evidence_days, e.examined
        FROM sources n
        LEFT JOIN evidence_ends e ON e.source = n.source
    ) s ON s.source = d.source
    LEFT JOIN settled i ON i.source = d.source AND i.snapshot_id = d.snapshot_id AND i.pair = d.pair
), computed AS (
    SELECT
        *, pct_round(units - p_units, p_units) AS exact_pct, units(reported_change) AS printed_change,
        change_text_half(change_text, unit_decimals) AS printed_half
    FROM joined
)
SELECT
    source, page_date, pair, snapshot_id, rate, rate_decimals,
    previous_date, previous_rate, previous_decimals, gap_days::INTEGER AS gap_days,
    (rate - previous_rate)::DECIMAL(18, 9) AS change,
    exact_pct AS change_pct,
    pct_floor(low - p_high, p_high) AS change_pct_low,
    pct_ceil(high - p_low, p_low) AS change_pct_high,
    reported_text, reported_pct, reported_change, change_text,
    (exact_pct - reported_pct)::DECIMAL(18, 6) AS discrepancy_pp,
    (rate - previous_rate - reported_change)::DECIMAL(18, 9) AS discrepancy,
    -- a base beyond 64 bits exceeds any stored rate; dividing 128 bits takes ten times as long
    rate_of_nanos(div_floor(TRY_CAST(base_low AS BIGINT), 2)) AS base_low,
    rate_of_nanos(div_ceil(TRY_CAST(base_high AS BIGINT), 2)) AS base_high,
    CASE
        WHEN reported_text IS NULL THEN 'not reported'
        WHEN undecided THEN 'rule undecided'
        WHEN NOT has_base THEN 'breaks the rule'
        WHEN base_date >= coalesce(previous_date, page_date) THEN 'agrees'
        WHEN base_date IS NOT NULL THEN 'agrees earlier'
        WHEN repeated THEN 'repeated'
        WHEN previous_date IS NULL OR gap_days > lookback_days THEN 'no history'
        WHEN gap_days = 1 THEN 'unexplained'
        ELSE 'base not captured'
    END AS verdict,
    base_date,
    chance, chance_of, 4 * (chance + 1) <= chance_of + 1 AS informative,
    CASE WHEN verdict = 'agrees earlier' THEN beyond_evidence END AS beyond_evidence,
    CASE WHEN change_text IS NULL OR reported_pct IS NULL THEN NULL
        WHEN change_agrees(low, high, printed_change, printed_half, reported_pct, reported_decimals, reported_sign) THEN 'agrees'
        ELSE 'contradicts'
    END AS change_verdict,
    is_close, unit_decimals, reported_decimals, lookback_days
FROM computed;
COMMENT ON VIEW compared IS 'A step towards deltas, changes and audit: the rows of deltas, and what those need of each';
COMMENT ON COLUMN compared.source IS 'As in deltas';
COMMENT ON COLUMN compared.page_date IS 'As in deltas';
COMMENT ON COLUMN compared.pair IS 'As in deltas';
COMMENT ON COLUMN compared.snapshot_id IS 'As in deltas';
COMMENT ON COLUMN compared.rate IS 'As in deltas';
COMMENT ON COLUMN compared.rate_decimals IS 'As in deltas';
COMMENT ON COLUMN compared.previous_date IS 'As in deltas';
COMMENT ON COLUMN compared.previous_rate IS 'As in deltas';
COMMENT ON COLUMN compared.previous_decimals IS 'As in deltas';
COMMENT ON COLUMN compared.gap_days IS 'As in deltas';
COMMENT ON COLUMN compared.change IS 'As in deltas';
COMMENT ON COLUMN compared.change_pct IS 'As in deltas';
COMMENT ON COLUMN compared.change_pct_low IS 'As in deltas';
COMMENT ON COLUMN compared.change_pct_high IS 'As in deltas';
COMMENT ON COLUMN compared.reported_text IS 'As in deltas';
COMMENT ON COLUMN compared.reported_pct IS 'As in deltas';
COMMENT ON COLUMN compared.reported_change IS 'As in deltas';
COMMENT ON COLUMN compared.change_text IS 'As in deltas';
COMMENT ON COLUMN compared.discrepancy_pp IS 'As in deltas';
COMMENT ON COLUMN compared.discrepancy IS 'As in deltas';
COMMENT ON COLUMN compared.base_low IS 'As in deltas';
COMMENT ON COLUMN compared.base_high IS 'As in deltas';
COMMENT ON COLUMN compared.verdict IS 'As in deltas';
COMMENT ON COLUMN compared.base_date IS 'As in deltas';
COMMENT ON COLUMN compared.chance IS 'As in deltas';
COMMENT ON COLUMN compared.chance_of IS 'As in deltas';
COMMENT ON COLUMN compared.informative IS 'As in deltas';
COMMENT ON COLUMN compared.beyond_evidence IS 'As in deltas';
COMMENT ON COLUMN compared.change_verdict IS 'As in deltas';
COMMENT ON COLUMN compared.is_close IS 'Whether the snapshot is the close of its date, as in closes';
COMMENT ON COLUMN compared.unit_decimals IS 'As in dated_quotes';
COMMENT ON COLUMN compared.reported_decimals IS 'As in dated_quotes';
COMMENT ON COLUMN compared.lookback_days IS 'As in sources';

CREATE OR REPLACE VIEW deltas AS
SELECT * EXCLUDE (is_close, unit_decimals, reported_decimals, lookback_days) FROM compared;
COMMENT ON VIEW deltas IS 'One row per dated snapshot and pair: the computed change since the previous captured date, held against the reported one';
COMMENT ON COLUMN deltas.source IS 'Name of the source';
COMMENT ON COLUMN deltas.page_date IS 'Page date';
COMMENT ON COLUMN deltas.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN deltas.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN deltas.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN deltas.rate_decimals IS 'Decimals that the printed digits give: those printed, and more where the rate is printed for several units';
COMMENT ON COLUMN deltas.previous_date IS 'Previous captured date with this pair, null if none';
COMMENT ON COLUMN deltas.previous_rate IS 'Close of that date';
COMMENT ON COLUMN deltas.previous_decimals IS 'Printed digits after the decimal point of previous_rate';
COMMENT ON COLUMN deltas.gap_days IS 'Days since that date';
COMMENT ON COLUMN deltas.change IS 'rate - previous_rate, in COUNTER per BASE';
COMMENT ON COLUMN deltas.change_pct IS '100 * change / previous_rate, percent, rounded to 6 decimals';
COMMENT ON COLUMN deltas.change_pct_low IS 'Least percent change that the printed digits of both rates allow, rounded down';
COMMENT ON COLUMN deltas.change_pct_high IS 'Greatest percent change that the printed digits of both rates allow, rounded up';
COMMENT ON COLUMN deltas.reported_text IS 'The reported change as printed';
COMMENT ON COLUMN deltas.reported_pct IS 'The reported change in percent, null where an absolute change or nothing is reported';
COMMENT ON COLUMN deltas.reported_change IS 'The printed absolute change in COUNTER per BASE, alone or beside a percentage; null if none';
COMMENT ON COLUMN deltas.change_text IS 'The absolute change printed beside a percentage, as printed; null if none';
COMMENT ON COLUMN deltas.change_verdict IS 'Of an absolute change printed beside a percentage: agrees (some base gives both), or contradicts (none does); null without one';
COMMENT ON COLUMN deltas.discrepancy_pp IS 'change_pct - reported_pct, percentage points; null where no percentage is reported';
COMMENT ON COLUMN deltas.discrepancy IS 'change - reported_change, in COUNTER per BASE; null where no absolute change is printed';
COMMENT ON COLUMN deltas.base_low IS 'Least base that the report implies under the rounding rule, rounded down; null where none, or beyond any rate kept';
COMMENT ON COLUMN deltas.base_high IS 'Greatest base that the report implies under the rounding rule, rounded up; null where none, or beyond any rate kept';
COMMENT ON COLUMN deltas.verdict IS 'not reported, rule undecided (the rounding rules that remain judge it differently), breaks the rule, agrees, agrees earlier, repeated (the previous captured date shows the same state, where the report is judged), no history, unexplained or base not captured: the first that holds';
COMMENT ON COLUMN deltas.base_date IS 'Date of the nearest snapshot that explains the report, null if none does';
COMMENT ON COLUMN deltas.chance IS 'Of an explained report: how many other dated snapshots of the source, of any date, would explain it too, beside the one that does; null where that cannot be counted';
COMMENT ON COLUMN deltas.chance_of IS 'How many other dated snapshots of the source show the pair, beside the one that explains the report';
COMMENT ON COLUMN deltas.informative IS 'True if at most a quarter of the other snapshots would explain the report: a snapshot picked at random seldom does. Null unless a snapshot explains it';
COMMENT ON COLUMN deltas.beyond_evidence IS 'Of agrees earlier: true if the snapshot is farther back than bases are found more often than by chance, as in lags; then it explains the report, but little speaks for it as the base. Null where that cannot be told';

CREATE OR REPLACE MACRO hidden_move(gap_days, reported, least, most) AS
CASE WHEN gap_days = 1 AND reported = 0 AND greatest(least, -most) > 0 THEN greatest(least, -most) END;
COMMENT ON MACRO hidden_move IS 'hidden_move(gap_days, reported, least, most): the least size, percent, of a change from one day to the next that was reported as zero; null for any other. least and most are change_pct_low and change_pct_high of deltas';

CREATE OR REPLACE VIEW compared_moves AS
SELECT
    d.*,
    -- a state that the date before shows too has not moved since
    CASE WHEN r.snapshot_id IS NULL
        THEN hidden_move(d.gap_days, coalesce(d.reported_pct, d.reported_change), d.change_pct_low, d.change_pct_high)
    END AS hidden_move_pct
FROM compared d
LEFT JOIN repeats r ON r.source = d.source AND r.snapshot_id = d.snapshot_id;
COMMENT ON VIEW compared_moves IS 'A step towards hidden_moves and audit: the rows of compared, and the move that each hides';
COMMENT ON COLUMN compared_moves.source IS 'As in compared';
COMMENT ON COLUMN compared_moves.page_date IS 'As in compared';
COMMENT ON COLUMN compared_moves.pair IS 'As in compared';
COMMENT ON COLUMN compared_moves.snapshot_id IS 'As in compared';
COMMENT ON COLUMN compared_moves.rate IS 'As in compared';
COMMENT ON COLUMN compared_moves.rate_decimals IS 'As in compared';
COMMENT ON COLUMN compared_moves.previous_date IS 'As in compared';
COMMENT ON COLUMN compared_moves.previous_rate IS 'As in compared';
COMMENT ON COLUMN compared_moves.previous_decimals IS 'As in compared';
COMMENT ON COLUMN compared_moves.gap_days IS 'As in compared';
COMMENT ON COLUMN compared_moves.change IS 'As in compared';
COMMENT ON COLUMN compared_moves.change_pct IS 'As in compared';
COMMENT ON COLUMN compared_moves.change_pct_low IS 'As in compared';
COMMENT ON COLUMN compared_moves.change_pct_high IS 'As in compared';
COMMENT ON COLUMN compared_moves.reported_text IS 'As in compared';
COMMENT ON COLUMN compared_moves.reported_pct IS 'As in compared';
COMMENT ON COLUMN compared_moves.reported_change IS 'As in compared';
COMMENT ON COLUMN compared_moves.change_text IS 'As in compared';
COMMENT ON COLUMN compared_moves.discrepancy_pp IS 'As in compared';
COMMENT ON COLUMN compared_moves.discrepancy IS 'As in compared';
COMMENT ON COLUMN compared_moves.base_low IS 'As in compared';
COMMENT ON COLUMN compared_moves.base_high IS 'As in compared';
COMMENT ON COLUMN compared_moves.verdict IS 'As in compared';
COMMENT ON COLUMN compared_moves.base_date IS 'As in compared';
COMMENT ON COLUMN compared_moves.chance IS 'As in compared';
COMMENT ON COLUMN compared_moves.chance_of IS 'As in compared';
COMMENT ON COLUMN compared_moves.informative IS 'As in compared';
COMMENT ON COLUMN compared_moves.beyond_evidence IS 'As in compared';
COMMENT ON COLUMN compared_moves.change_verdict IS 'As in compared';
COMMENT ON COLUMN compared_moves.is_close IS 'As in compared';
COMMENT ON COLUMN compared_moves.unit_decimals IS 'As in compared';
COMMENT ON COLUMN compared_moves.reported_decimals IS 'As in compared';
COMMENT ON COLUMN compared_moves.lookback_days IS 'As in compared';
COMMENT ON COLUMN compared_moves.hidden_move_pct IS 'As in hidden_moves, of every snapshot; null where no move is hidden';
