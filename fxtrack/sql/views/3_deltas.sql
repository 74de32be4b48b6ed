-- What a reported percentage says, and which earlier snapshot explains it.
--
-- A source computes its percentage from true rates r (now) and b (the base) that it prints rounded. Its rounding rule:
--
--     change = round(r - b, change_decimals)          left out in a plain percent change
--     report = round(100 * change / b, pct_decimals)
--
-- Halves round away from zero. A snapshot explains a report when some r within half a tick of the printed rate and some
-- b within half a tick of the printed base (ends included) give that report. No tolerance: everything is in integers.
--
-- The change is k * tick for a whole number k. Write dir = 1 for a rise and -1 for a fall, and take all sizes as positive:
--
--     tick, half     one unit of the change's last decimal, and half of it
--     p              twice the report in units of its last decimal, so that the report stands for (p - 1, p + 1) / 2
--     hundred        100 % on the same scale
--     rise or fall   (2k - 1) * half <= dir * (r - b) < (2k + 1) * half      k >= 1
--     report         p - 1 <= hundred * k * tick / b < p + 1                 no lower bound for p = 0
--
-- Each is an interval for b whose ends are linear in k, so the k that some b allows are a range, k_low to k_high, and so
-- are the k that a base within [b.low, b.high] allows. k = 0 stands apart: it only occurs for p = 0, where the change is
-- smaller than half; '-0%' and '+0%' then ask for a change that is not zero, '0%' takes either direction.

CREATE OR REPLACE VIEW report_bounds AS
WITH scaled AS (
    SELECT
        d.source, d.page_date, d.pair, d.snapshot_id, d.low, d.high, d.reported_sign,
        r.change_decimals, r.pct_decimals, r.chosen, s.lookback_days,
        half_tick(r.change_decimals)::HUGEINT AS half,
        2 * half_tick(r.change_decimals)::HUGEINT AS tick,
        200 * pow10(r.pct_decimals)::HUGEINT AS hundred,
        abs((d.reported_pct::DECIMAL(28, 6) * 1000000)::HUGEINT) AS millionths,
        2 * millionths // pow10(6 - r.pct_decimals) AS p,
        unnest(CASE d.reported_sign WHEN 0 THEN [1, -1] ELSE [d.reported_sign::INTEGER] END) AS dir
    FROM dated_quotes d
    JOIN rounding_rules r ON r.source = d.source
    JOIN sources s ON s.source = d.source
    WHERE d.reported_pct IS NOT NULL
), printable AS (
    SELECT * FROM scaled WHERE millionths % pow10(6 - pct_decimals) = 0
), ranged AS (
    SELECT
        *,
        CASE
            WHEN half IS NULL OR p = 0 THEN 0
            WHEN dir = 1 THEN greatest(1, div_floor((low - half) * (p - 1), tick * (hundred + p - 1)) + 1)
            WHEN hundred >= p THEN greatest(1, div_ceil((low - half) * (p - 1), tick * (hundred - p + 1)))
            ELSE 1
        END AS k_low,
        -- p and hundred are even, so hundred never equals p - 1 or p + 1. A fall of 100 % or more can only be printed
        -- where the rate is small against the tick of the change.
        CASE
            WHEN half IS NULL THEN CASE WHEN dir = 1 OR hundred >= p THEN 0 ELSE -1 END
            WHEN dir = 1 OR hundred > p THEN div_ceil((high + half) * (p + 1), tick * (hundred + dir * (p + 1))) - 1
            WHEN hundred = p THEN 1000000000000000000000000000000000000 // (hundred * tick) -- no limit but that of the type
            ELSE div_floor((half - low) * (p - 1), tick * (p - 1 - hundred))
        END AS k_high
    FROM printable
), turning AS (
    -- of the two ends of a rise's base one grows with k and one shrinks: the widest base is where they cross
    SELECT
        *,
        least(greatest(div_floor((low - half) * (p + 1), tick * (hundred + p + 1)), k_low), k_high) AS k_under,
        least(greatest(div_floor((high + half) * (p - 1), tick * (hundred + p - 1)), k_low), k_high) AS k_over
    FROM ranged
    WHERE k_low <= k_high
), based AS (
    SELECT
        *,
        CASE
            WHEN half IS NULL AND dir = 1 THEN div_floor(hundred * low, hundred + p + 1)
            WHEN half IS NULL AND p = 0 THEN low
            WHEN half IS NULL THEN div_floor(hundred * low, hundred - p + 1)
            WHEN dir = 1 THEN least(
                greatest(div_floor(hundred * k_under * tick, p + 1), low - half - k_under * tick),
                greatest(
                    div_floor(hundred * least(k_under + 1, k_high) * tick, p + 1),
                    low - half - least(k_under + 1, k_high) * tick
                )
            )
            WHEN p = 0 THEN low
            ELSE greatest(div_floor(hundred * k_low * tick, p + 1), low + (2 * k_low - 1) * half)
        END AS base_low,
        CASE
            WHEN half IS NULL AND dir = 1 THEN CASE WHEN p = 0 THEN high ELSE div_ceil(hundred * high, hundred + p - 1) END
            WHEN half IS NULL AND hundred > p THEN div_ceil(hundred * high, hundred - p - 1)
            WHEN half IS NULL THEN NULL
            WHEN p = 0 AND dir = 1 THEN high
            WHEN p = 0 THEN high + (2 * k_high + 1) * half
            WHEN dir = 1 THEN greatest(
                least(div_ceil(hundred * k_over * tick, p - 1), high + half - k_over * tick),
                least(
                    div_ceil(hundred * least(k_over + 1, k_high) * tick, p - 1),
                    high + half - least(k_over + 1, k_high) * tick
                )
            )
            ELSE least(div_ceil(hundred * k_high * tick, p - 1), high + (2 * k_high + 1) * half)
        END AS base_high
    FROM turning
)
SELECT
    source, page_date, pair, snapshot_id, low, high, reported_sign, change_decimals, pct_decimals, chosen, lookback_days,
    half, tick, hundred, p, dir, k_low, k_high, base_low, base_high
FROM based;
COMMENT ON VIEW report_bounds IS 'A step towards deltas: one row per report, rounding rule and direction that some base could yield. Amounts in units of half 10^-9';
COMMENT ON COLUMN report_bounds.source IS 'Name of the source';
COMMENT ON COLUMN report_bounds.page_date IS 'Page date of the report';
COMMENT ON COLUMN report_bounds.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN report_bounds.snapshot_id IS 'The snapshot that reports';
COMMENT ON COLUMN report_bounds.low IS 'Printed rate less half a tick';
COMMENT ON COLUMN report_bounds.high IS 'Printed rate plus half a tick';
COMMENT ON COLUMN report_bounds.reported_sign IS 'Sign of the report';
COMMENT ON COLUMN report_bounds.change_decimals IS 'The rule: decimals of the change, null for a plain percent change';
COMMENT ON COLUMN report_bounds.pct_decimals IS 'The rule: decimals of the percentage';
COMMENT ON COLUMN report_bounds.chosen IS 'True for the rule in force';
COMMENT ON COLUMN report_bounds.lookback_days IS 'How many days back a base may lie';
COMMENT ON COLUMN report_bounds.half IS 'Half a tick of the change';
COMMENT ON COLUMN report_bounds.tick IS 'One tick of the change';
COMMENT ON COLUMN report_bounds.hundred IS '100 % in half units of the percentage''s last decimal';
COMMENT ON COLUMN report_bounds.p IS 'Size of the report in half units of the percentage''s last decimal';
COMMENT ON COLUMN report_bounds.dir IS '1 for a rise, -1 for a fall';
COMMENT ON COLUMN report_bounds.k_low IS 'Least change in ticks that could yield the report';
COMMENT ON COLUMN report_bounds.k_high IS 'Greatest change in ticks that could yield the report';
COMMENT ON COLUMN report_bounds.base_low IS 'Least base that could yield the report, rounded down';
COMMENT ON COLUMN report_bounds.base_high IS 'Greatest base that could yield the report, rounded up, null for no limit';

CREATE OR REPLACE VIEW explanations AS
WITH paired AS (
    SELECT
        r.*, b.page_date AS base_date, b.low AS b_low, b.high AS b_high,
        CASE r.dir WHEN 1 THEN r.low - b.high ELSE b.low - r.high END AS least_move,
        CASE r.dir WHEN 1 THEN r.high - b.low ELSE b.high - r.low END AS most_move
    FROM (SELECT *, unnest(range(lookback_days + 1)) AS days_back FROM report_bounds) r
    JOIN dated_quotes b
        ON b.source = r.source AND b.pair = r.pair AND b.page_date = r.page_date - r.days_back::INTEGER
        AND b.snapshot_id <> r.snapshot_id
        AND b.high >= r.base_low AND (b.low <= r.base_high OR r.base_high IS NULL)
), moving AS (
    SELECT *, most_move > 0 OR (most_move = 0 AND reported_sign = 0) AS can_move FROM paired
)
SELECT source, page_date, pair, snapshot_id, change_decimals, pct_decimals, chosen, max(base_date) AS base_date
FROM moving
WHERE CASE
    WHEN half IS NULL AND dir = 1 THEN
        (CASE WHEN p = 0 THEN can_move ELSE high * hundred >= b_low * (hundred + p - 1) END)
        AND low * hundred < b_high * (hundred + p + 1)
    WHEN half IS NULL THEN
        (CASE WHEN p = 0 THEN can_move ELSE low * hundred <= b_high * (hundred - p + 1) END)
        AND high * hundred > b_low * (hundred - p - 1)
    ELSE
        (p = 0 AND can_move AND least_move < half)
        OR greatest(
            1, k_low,
            CASE WHEN p = 0 THEN 1 ELSE div_ceil(b_low * (p - 1), hundred * tick) END,
            div_floor(least_move - half, tick) + 1
        ) <= least(
            k_high,
            div_ceil(b_high * (p + 1), hundred * tick) - 1,
            div_floor(most_move + half, tick)
        )
    END
GROUP BY ALL;
COMMENT ON VIEW explanations IS 'A step towards deltas: one row per report and rounding rule that another snapshot within the look-back explains';
COMMENT ON COLUMN explanations.source IS 'Name of the source';
COMMENT ON COLUMN explanations.page_date IS 'Page date of the report';
COMMENT ON COLUMN explanations.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN explanations.snapshot_id IS 'The snapshot that reports';
COMMENT ON COLUMN explanations.change_decimals IS 'The rule: decimals of the change, null for a plain percent change';
COMMENT ON COLUMN explanations.pct_decimals IS 'The rule: decimals of the percentage';
COMMENT ON COLUMN explanations.chosen IS 'True for the rule in force';
COMMENT ON COLUMN explanations.base_date IS 'Date of the nearest snapshot that explains the report';

CREATE OR REPLACE VIEW deltas AS
WITH closes AS (
    SELECT
        source, pair, page_date,
        lag(page_date) OVER earlier AS previous_date,
        lag(rate) OVER earlier AS previous_rate,
        lag(rate_decimals) OVER earlier AS previous_decimals
    FROM daily
    WINDOW earlier AS (PARTITION BY source, pair ORDER BY page_date)
), implied AS (
    SELECT
        snapshot_id, pair, min(base_low) AS base_low,
        CASE WHEN count(base_high) = count(*) THEN max(base_high) END AS base_high
    FROM report_bounds WHERE chosen GROUP BY snapshot_id, pair
), joined AS (
    SELECT
        d.*, c.previous_date, c.previous_rate, c.previous_decimals,
        d.page_date - c.previous_date AS gap_days,
        units(c.previous_rate) AS p_units,
        units(c.previous_rate) - half_tick(c.previous_decimals) AS p_low,
        units(c.previous_rate) + half_tick(c.previous_decimals) AS p_high,
        i.snapshot_id IS NOT NULL AS has_base, i.base_low, i.base_high, e.base_date, s.lookback_days
    FROM dated_quotes d
    JOIN closes c ON c.source = d.source AND c.pair = d.pair AND c.page_date = d.page_date
    JOIN sources s ON s.source = d.source
    LEFT JOIN implied i ON i.snapshot_id = d.snapshot_id AND i.pair = d.pair
    LEFT JOIN (SELECT snapshot_id, pair, base_date FROM explanations WHERE chosen) e
        ON e.snapshot_id = d.snapshot_id AND e.pair = d.pair
), computed AS (
    SELECT *, pct_of_millionths(div_round((units - p_units)::HUGEINT * 100000000, p_units)) AS exact_pct FROM joined
)
SELECT
    source, page_date, pair, snapshot_id, rate, rate_decimals,
    previous_date, previous_rate, previous_decimals, gap_days::INTEGER AS gap_days,
    (rate - previous_rate)::DECIMAL(18, 9) AS change,
    exact_pct AS change_pct,
    pct_of_millionths(div_floor((low - p_high)::HUGEINT * 100000000, p_high)) AS change_pct_low,
    pct_of_millionths(div_ceil((high - p_low)::HUGEINT * 100000000, p_low)) AS change_pct_high,
    reported_text, reported_pct,
    (exact_pct - reported_pct)::DECIMAL(18, 6) AS discrepancy_pp,
    rate_of_nanos(div_floor(base_low, 2)) AS base_low,
    rate_of_nanos(div_ceil(base_high, 2)) AS base_high,
    CASE
        WHEN reported_pct IS NULL THEN 'not reported'
        WHEN NOT has_base THEN 'breaks the rule'
        WHEN base_date >= coalesce(previous_date, page_date) THEN 'agrees'
        WHEN base_date IS NOT NULL THEN 'agrees earlier'
        WHEN previous_date IS NULL OR gap_days > lookback_days THEN 'no history'
        WHEN gap_days = 1 THEN 'unexplained'
        ELSE 'base not captured'
    END AS verdict,
    base_date
FROM computed;
COMMENT ON VIEW deltas IS 'One row per dated snapshot and pair: the computed change since the previous captured date, held against the reported one';
COMMENT ON COLUMN deltas.source IS 'Name of the source';
COMMENT ON COLUMN deltas.page_date IS 'Page date';
COMMENT ON COLUMN deltas.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN deltas.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN deltas.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN deltas.rate_decimals IS 'Printed digits after the decimal point';
COMMENT ON COLUMN deltas.previous_date IS 'Previous captured date with this pair, null if none';
COMMENT ON COLUMN deltas.previous_rate IS 'Close of that date';
COMMENT ON COLUMN deltas.previous_decimals IS 'Printed digits after the decimal point of previous_rate';
COMMENT ON COLUMN deltas.gap_days IS 'Days since that date';
COMMENT ON COLUMN deltas.change IS 'rate - previous_rate, in COUNTER per BASE';
COMMENT ON COLUMN deltas.change_pct IS '100 * change / previous_rate, percent, rounded to 6 decimals';
COMMENT ON COLUMN deltas.change_pct_low IS 'Least percent change that the printed digits of both rates allow, rounded down';
COMMENT ON COLUMN deltas.change_pct_high IS 'Greatest percent change that the printed digits of both rates allow, rounded up';
COMMENT ON COLUMN deltas.reported_text IS 'The reported change as printed';
COMMENT ON COLUMN deltas.reported_pct IS 'The reported change in percent';
COMMENT ON COLUMN deltas.discrepancy_pp IS 'change_pct - reported_pct, percentage points';
COMMENT ON COLUMN deltas.base_low IS 'Least base that the report implies under the rounding rule, rounded down; null where none, or beyond any rate kept';
COMMENT ON COLUMN deltas.base_high IS 'Greatest base that the report implies under the rounding rule, rounded up; null where none, or beyond any rate kept';
COMMENT ON COLUMN deltas.verdict IS 'not reported, breaks the rule, agrees, agrees earlier, no history, unexplained or base not captured: the first that holds';
COMMENT ON COLUMN deltas.base_date IS 'Date of the nearest snapshot that explains the report, null if none does';
