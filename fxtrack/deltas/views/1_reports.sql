-- The true change and the base that a report implies, and the snapshots that explain it.
--
-- A source computes its percentage from true rates r (now) and b (the base) that it prints rounded. Its rounding rule:
--
--     change = round(r - b, change_decimals)          left out in a plain percent change
--     report = round(100 * change / b, pct_decimals)
--
-- A snapshot explains a report when some r within half a tick of the printed rate and some b within half a tick of the
-- printed base (ends included) give that report. No tolerance: everything is in integers.
--
-- The change is k * tick for a whole number k. Write dir = 1 for a rise and -1 for a fall, and take all sizes as positive:
--
--     tick, half     one unit of the change's last decimal, and half of it
--     p              twice the report in units of its last decimal
--     hundred        100 % on the same scale
--     below, above   what rounds to k lies from 2k + below to 2k + above halves: -1 and 1, or 0 and 2 towards zero
--     rise or fall   (2k + below) * half <= dir * (r - b) < (2k + above) * half      k >= 1
--     report         p_low <= hundred * k * tick / b < p_high                        no lower bound for p = 0
--
-- with p_low = p + below and p_high = p + above. The lower end is included and the upper is not, except for halves that
-- round to even: of an even number both ends are included, of an odd one none (low_open, high_closed; even_halves).
--
-- Each is an interval for b whose ends are linear in k, so the k that some b allows are a range, k_low to k_high, and so
-- are the k that a base within [b.low, b.high] allows. k = 0 stands apart: it only occurs for p = 0, where the change is
-- smaller than above * half; '-0%' and '+0%' then ask for a change that is not zero, '0%' takes either direction.
--
-- A source may report the change itself instead of a percentage: pct_decimals is null then, and
--
--     report = round(r - b, change_decimals)          decimals as printed where change_decimals is null
--
-- That is the same with k given and no condition on change / base: p is null, and conditions on p are left out.

-- `touching`: whether k may be the very quotient. 0 never, 1 always, 2 if it is even.
CREATE OR REPLACE MACRO first_whole(a, b, touching) AS
    div_ceil(a, b) + CASE WHEN touching = 1 OR a % b <> 0 OR (touching = 2 AND (a // b) % 2 = 0) THEN 0 ELSE 1 END;
COMMENT ON MACRO first_whole IS 'A step towards deltas: the least whole number not below a quotient, b > 0; touching tells whether it may equal the quotient: 0 no, 1 yes, 2 if it is even';

CREATE OR REPLACE MACRO last_whole(a, b, touching) AS
    div_floor(a, b) - CASE WHEN touching = 1 OR a % b <> 0 OR (touching = 2 AND (a // b) % 2 = 0) THEN 0 ELSE 1 END;
COMMENT ON MACRO last_whole IS 'A step towards deltas: the greatest whole number up to a quotient, b > 0; touching as in first_whole';

CREATE OR REPLACE VIEW report_bounds AS
WITH printed AS (
    -- a ticker repeats itself: the common part of the reports of many dates is computed once
    SELECT DISTINCT
        source, low, high, unit_decimals, reported_text, reported_pct, reported_change, reported_decimals, reported_sign
    FROM printed_quotes
), ruled AS (
    -- in steps: an expression that others refer to by name is planned once for each of them
    SELECT
        d.*, r.change_decimals, r.pct_decimals, r.rounding_mode, r.chosen, r.valid_from, r.valid_to, s.lookback_days,
        change_half(CASE WHEN r.pct_decimals IS NULL THEN coalesce(r.change_decimals, d.reported_decimals)
            ELSE r.change_decimals END, d.unit_decimals) AS half,
        abs(units(d.reported_change)) AS printed_change,
        200 * pow10(r.pct_decimals)::HUGEINT AS hundred,
        abs((d.reported_pct::DECIMAL(28, 6) * 1000000)::HUGEINT) AS millionths,
        pow10(6 - r.pct_decimals) AS last_decimal,
        CASE r.rounding_mode WHEN 'towards zero' THEN 0 ELSE -1 END AS below,
        r.rounding_mode = 'half to even' AS even_halves,
        unnest(CASE d.reported_sign WHEN 0 THEN [1, -1] ELSE [d.reported_sign::INTEGER] END) AS dir
    FROM printed d
    JOIN rounding_rules r ON r.source = d.source
    JOIN sources s ON s.source = d.source
    WHERE CASE WHEN r.pct_decimals IS NULL THEN d.reported_change IS NOT NULL ELSE d.reported_pct IS NOT NULL END
), scaled AS (
    SELECT *, 2 * half AS tick, below + 2 AS above, 2 * millionths // last_decimal AS p FROM ruled
), printable AS (
    SELECT
        *,
        p + below AS p_low,
        p + above AS p_high,
        even_halves AND p // 2 % 2 = 1 AS low_open,
        even_halves AND p // 2 % 2 = 0 AS high_closed,
        -- of a whole change: whether the end of its range may meet that of the percentage's range, as in first_whole
        CASE WHEN high_closed THEN 2 ELSE 0 END AS at_upper,
        CASE WHEN even_halves THEN at_upper ELSE 1 END AS at_lower
    FROM scaled
    WHERE CASE WHEN p IS NULL THEN printed_change % tick = 0 ELSE millionths % last_decimal = 0 END
), ranged AS MATERIALIZED ( -- else every k is computed twice, once to see whether there is any
    SELECT
        *,
        CASE
            WHEN p IS NULL THEN printed_change // tick
            WHEN half IS NULL OR p = 0 THEN 0
            WHEN dir = 1 THEN greatest(1, first_whole((low - above * half) * p_low, tick * (hundred + p_low), at_upper))
            WHEN hundred > p_low THEN greatest(1, first_whole((low + below * half) * p_low, tick * (hundred - p_low), at_lower))
            ELSE 1
        END AS k_low,
        -- A fall of 100 % or more can only be printed where the rate is small against the tick of the change, and never
        -- where it is cut towards zero.
        CASE
            WHEN p IS NULL THEN
                CASE WHEN dir = -1 OR high - below * half > printed_change THEN printed_change // tick ELSE -1 END
            WHEN half IS NULL THEN CASE WHEN dir = 1 OR hundred > p_low THEN 0 ELSE -1 END
            WHEN dir = 1 THEN last_whole((high - below * half) * p_high, tick * (hundred + p_high), at_upper)
            WHEN hundred > p_high THEN last_whole((high + above * half) * p_high, tick * (hundred - p_high), at_upper)
            WHEN hundred > p_low THEN 1000000000000000000000000000000000000 // (hundred * tick) -- no limit but that of the type
            WHEN hundred = p_low THEN -1
            ELSE last_whole((-below * half - low) * p_low, tick * (p_low - hundred), at_lower)
        END AS k_high
    FROM printable
), turning AS (
    -- of the two ends of a rise's base one grows with k and one shrinks: the widest base is where they cross
    SELECT
        *,
        CASE WHEN dir = 1 THEN
            least(greatest(div_floor((low - above * half) * p_high, tick * (hundred + p_high)), k_low), k_high) END AS k_under,
        CASE WHEN dir = 1 AND p > 0 THEN
            least(greatest(div_floor((high - below * half) * p_low, tick * (hundred + p_low)), k_low), k_high) END AS k_over
    FROM ranged
    WHERE k_low <= k_high
), based AS (
    SELECT
        *,
        CASE
            WHEN p IS NULL AND dir = 1 THEN greatest(0, low - above * half - k_low * tick)
            WHEN p IS NULL THEN low + greatest(0, k_low * tick + below * half)
            WHEN half IS NULL AND dir = 1 THEN div_floor(hundred * low, hundred + p_high)
            WHEN half IS NULL AND p = 0 THEN low
            WHEN half IS NULL THEN div_floor(hundred * low, hundred - p_low)
            WHEN dir = 1 THEN least(
                greatest(div_floor(hundred * k_under * tick, p_high), low - above * half - k_under * tick),
                greatest(
                    div_floor(hundred * least(k_under + 1, k_high) * tick, p_high),
                    low - above * half - least(k_under + 1, k_high) * tick
                )
            )
            WHEN p = 0 THEN low
            ELSE greatest(div_floor(hundred * k_low * tick, p_high), low + (2 * k_low + below) * half)
        END AS base_low,
        CASE
            WHEN p IS NULL AND dir = 1 THEN high - greatest(0, k_high * tick + below * half)
            WHEN p IS NULL THEN high + above * half + k_high * tick
            WHEN half IS NULL AND dir = 1 THEN CASE WHEN p = 0 THEN high ELSE div_ceil(hundred * high, hundred + p_low) END
            WHEN half IS NULL AND hundred > p_high THEN div_ceil(hundred * high, hundred - p_high)
            WHEN half IS NULL THEN NULL
            WHEN p = 0 AND dir = 1 THEN high
            WHEN p = 0 THEN high + (2 * k_high + above) * half
            WHEN dir = 1 THEN greatest(
                least(div_ceil(hundred * k_over * tick, p_low), high - below * half - k_over * tick),
                least(
                    div_ceil(hundred * least(k_over + 1, k_high) * tick, p_low),
                    high - below * half - least(k_over + 1, k_high) * tick
                )
            )
            ELSE least(div_ceil(hundred * k_high * tick, p_low), high + (2 * k_high + above) * half)
        END AS base_high
    FROM turning
)
SELECT
    d.source, d.page_date, d.pair, d.low, d.high, d.unit_decimals, d.reported_text, d.reported_sign, d.snapshots,
    b.change_decimals, b.pct_decimals, b.rounding_mode, b.chosen, b.lookback_days, b.half, b.tick, b.hundred, b.p,
    b.p_low, b.p_high, b.below, b.even_halves, b.low_open, b.high_closed, b.dir, b.k_low, b.k_high, b.base_low,
    b.base_high
FROM based b
JOIN printed_quotes d
    ON d.source = b.source AND d.low = b.low AND d.high = b.high AND d.unit_decimals = b.unit_decimals
    AND d.reported_text = b.reported_text
    AND (b.valid_from IS NULL OR d.page_date >= b.valid_from) AND (b.valid_to IS NULL OR d.page_date < b.valid_to);
COMMENT ON VIEW report_bounds IS 'A step towards deltas: one row per printed report of a date, rounding rule and direction that some base could yield. Amounts in units of half 10^-9';
COMMENT ON COLUMN report_bounds.source IS 'Name of the source';
COMMENT ON COLUMN report_bounds.page_date IS 'Page date of the report';
COMMENT ON COLUMN report_bounds.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN report_bounds.low IS 'Printed rate less half a tick';
COMMENT ON COLUMN report_bounds.high IS 'Printed rate plus half a tick';
COMMENT ON COLUMN report_bounds.unit_decimals IS 'Decimals that the unit of the printed rate adds to the price of 1: the rule rounds changes of the printed rate';
COMMENT ON COLUMN report_bounds.reported_text IS 'The report as printed';
COMMENT ON COLUMN report_bounds.reported_sign IS 'Sign of the report';
COMMENT ON COLUMN report_bounds.snapshots IS 'Number of snapshots of the date with this rate and report';
COMMENT ON COLUMN report_bounds.change_decimals IS 'The rule: decimals of the change, null for a plain percent change, or an absolute change rounded as printed';
COMMENT ON COLUMN report_bounds.pct_decimals IS 'The rule: decimals of the percentage, null for an absolute change';
COMMENT ON COLUMN report_bounds.rounding_mode IS 'The rule: how it rounds';
COMMENT ON COLUMN report_bounds.chosen IS 'True for the rule in force, or for one of those that remain while it is undecided';
COMMENT ON COLUMN report_bounds.lookback_days IS 'How many days back a base may lie';
COMMENT ON COLUMN report_bounds.half IS 'Half a tick of the change';
COMMENT ON COLUMN report_bounds.tick IS 'One tick of the change';
COMMENT ON COLUMN report_bounds.hundred IS '100 % in half units of the percentage''s last decimal, null for an absolute change';
COMMENT ON COLUMN report_bounds.p IS 'Size of the report in half units of the percentage''s last decimal, null for an absolute change';
COMMENT ON COLUMN report_bounds.p_low IS 'Least percentage that rounds to the report, on the same scale, null for an absolute change';
COMMENT ON COLUMN report_bounds.p_high IS 'Greatest percentage that rounds to the report, on the same scale, null for an absolute change';
COMMENT ON COLUMN report_bounds.below IS 'Changes from 2k + below halves of a tick on round to k ticks: -1, or 0 towards zero';
COMMENT ON COLUMN report_bounds.even_halves IS 'True where halves round to even';
COMMENT ON COLUMN report_bounds.low_open IS 'True if p_low itself rounds to another report';
COMMENT ON COLUMN report_bounds.high_closed IS 'True if p_high itself rounds to the report';
COMMENT ON COLUMN report_bounds.dir IS '1 for a rise, -1 for a fall';
COMMENT ON COLUMN report_bounds.k_low IS 'Least change in ticks that could yield the report';
COMMENT ON COLUMN report_bounds.k_high IS 'Greatest change in ticks that could yield the report';
COMMENT ON COLUMN report_bounds.base_low IS 'Least base that could yield the report, rounded down';
COMMENT ON COLUMN report_bounds.base_high IS 'Greatest base that could yield the report, rounded up, null for no limit';

CREATE OR REPLACE MACRO least_ticks(k_low, half, tick, below, even_halves, least_move) AS
    greatest(1, k_low, CASE
        WHEN even_halves THEN first_whole(least_move - (below + 2) * half, tick, 2)
        ELSE div_floor(least_move - (below + 2) * half, tick) + 1
    END); -- ignores nulls
COMMENT ON MACRO least_ticks IS 'A step towards deltas: the fewest ticks of change, not zero, of a report of report_bounds with a given base; least_move is the least of dir * (rate - base)';

-- No k below k_least is possible. Test k_least first, with products; only if its percentage is too small for the base, find
-- the least k that is large enough, by a slow division of large numbers.
CREATE OR REPLACE MACRO explained_by(
    dir, reported_sign, p, p_low, p_high, below, even_halves, low_open, high_closed, hundred, half, tick, k_low, k_high,
    low, high, b_low, b_high, least_move, most_move, k_least
) AS CASE
    WHEN half IS NULL AND dir = 1 THEN
        (CASE WHEN p = 0 THEN most_move > 0 OR (most_move = 0 AND reported_sign = 0)
            ELSE high * hundred >= b_low * (hundred + p_low) + low_open::INTEGER END)
        AND low * hundred < b_high * (hundred + p_high) + high_closed::INTEGER
    WHEN half IS NULL THEN
        (CASE WHEN p = 0 THEN most_move > 0 OR (most_move = 0 AND reported_sign = 0)
            ELSE low * hundred <= b_high * (hundred - p_low) - low_open::INTEGER END)
        AND high * hundred > b_low * (hundred - p_high) - high_closed::INTEGER
    WHEN k_low = 0 AND least_move < (below + 2) * half + even_halves::INTEGER
        AND (most_move > 0 OR (most_move = 0 AND reported_sign = 0)) THEN true
    WHEN k_least > k_high OR k_least * tick > most_move - below * half
        OR (even_halves AND k_least % 2 = 1 AND k_least * tick = most_move - below * half) THEN false
    WHEN p IS NULL THEN true
    WHEN hundred * tick * k_least >= b_low * p_low + low_open::INTEGER
        THEN hundred * tick * k_least < b_high * p_high + high_closed::INTEGER
    ELSE div_ceil(b_low * p_low + low_open::INTEGER, hundred * tick)
        <= least(k_high, div_ceil(b_high * p_high + high_closed::INTEGER, hundred * tick) - 1,
            CASE WHEN even_halves THEN last_whole(most_move - below * half, tick, 2)
                ELSE div_floor(most_move - below * half, tick) END)
    END;
COMMENT ON MACRO explained_by IS 'A step towards deltas: does a base between b_low and b_high explain the report of a row of report_bounds; least_move and most_move are the ends of dir * (rate - base), k_least as by least_ticks';

-- Between the bases of two successive k there is a hole where neither the percentages nor the rates of both overlap. The
-- percentages of k and k + 1 do for 2k > p_low, and of zero always. The bases of a fall grow with k in both ways, faster as a
-- percentage: they can miss each other only at the ends of the range of k, by less than a tick.
CREATE OR REPLACE MACRO base_holes(dir, p, p_low, p_high, below, hundred, half, tick, k_low, k_high, low, high) AS CASE
    WHEN half IS NULL OR p IS NULL OR k_low = k_high THEN 0
    ELSE CASE WHEN p = 0 OR 2 * k_low > p_low THEN 0 ELSE hundred * tick // p_high + 1 END
        + CASE
            WHEN dir = 1 THEN 0
            WHEN hundred > p_high AND hundred * tick * k_high < p_high * (high + (2 * k_high + below) * half)
                AND (p_low <= 0 OR p = 0 OR (low + (2 * k_low + 2 + below) * half) * p_low < hundred * tick * k_low) THEN 0
            ELSE tick
        END
END;
COMMENT ON MACRO base_holes IS 'A step towards chances: an upper bound on the size of a hole between the bases that yield the report of a row of report_bounds, 0 for none';

CREATE OR REPLACE VIEW explanations AS
WITH paired AS (
    SELECT
        r.*, b.page_date AS base_date, b.low AS b_low, b.high AS b_high,
        CASE r.dir WHEN 1 THEN r.low - b.high ELSE b.low - r.high END AS least_move,
        CASE r.dir WHEN 1 THEN r.high - b.low ELSE b.high - r.low END AS most_move,
        least_ticks(r.k_low, r.half, r.tick, r.below, r.even_halves, least_move) AS k_least
    FROM (SELECT *, unnest(range(lookback_days + 1)) AS days_back FROM report_bounds) r
    JOIN printed_quotes b
        ON b.source = r.source AND b.pair = r.pair AND b.page_date = r.page_date - r.days_back::INTEGER
        AND b.high >= r.base_low AND (b.low <= r.base_high OR r.base_high IS NULL)
        AND (b.page_date <> r.page_date OR b.snapshots > 1 OR b.low <> r.low OR b.high <> r.high
            OR b.reported_text IS DISTINCT FROM r.reported_text OR b.unit_decimals <> r.unit_decimals)
)
SELECT
    source, page_date, pair, low, high, reported_text, change_decimals, pct_decimals, rounding_mode, chosen, max(base_date) AS base_date
FROM paired
WHERE explained_by(
    dir, reported_sign, p, p_low, p_high, below, even_halves, low_open, high_closed, hundred, half, tick, k_low, k_high,
    low, high, b_low, b_high, least_move, most_move, k_least
)
GROUP BY ALL;
COMMENT ON VIEW explanations IS 'A step towards deltas: one row per printed report of a date and rounding rule that another snapshot within the look-back explains';
COMMENT ON COLUMN explanations.source IS 'Name of the source';
COMMENT ON COLUMN explanations.page_date IS 'Page date of the report';
COMMENT ON COLUMN explanations.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN explanations.low IS 'Printed rate less half a tick, in units of half 10^-9';
COMMENT ON COLUMN explanations.high IS 'Printed rate plus half a tick, in units of half 10^-9';
COMMENT ON COLUMN explanations.reported_text IS 'The report as printed';
COMMENT ON COLUMN explanations.change_decimals IS 'The rule: decimals of the change, null for a plain percent change, or an absolute change rounded as printed';
COMMENT ON COLUMN explanations.pct_decimals IS 'The rule: decimals of the percentage, null for an absolute change';
COMMENT ON COLUMN explanations.rounding_mode IS 'The rule: how it rounds';
COMMENT ON COLUMN explanations.chosen IS 'True for the rule in force, or for one of those that remain while it is undecided';
COMMENT ON COLUMN explanations.base_date IS 'Date of the nearest snapshot that explains the report';

CREATE OR REPLACE VIEW base_evidence AS
WITH stated AS (
    SELECT s.source, s.page_date, s.snapshot_id, max(c.captured_utc) FILTER (NOT is_late(c.captured_utc, s.page_date)) AS last_captured_utc
    FROM snapshots s
    JOIN sightings c USING (snapshot_id)
    WHERE s.page_date IS NOT NULL
    GROUP BY ALL
), dates AS (
    SELECT
        source, page_date, count(*) AS states, count(DISTINCT last_captured_utc) AS times,
        lead(page_date) OVER (PARTITION BY source ORDER BY page_date) AS next_date
    FROM stated GROUP BY source, page_date
), asked AS (
    SELECT d.source, d.page_date, d.next_date
    FROM dates d
    JOIN sources USING (source)
    WHERE d.states > greatest(d.times, 1) AND d.next_date - d.page_date <= lookback_days
), bases AS (
    -- DISTINCT also keeps these joins together: reports joined to quotes by pair first would be all dates with all dates
    SELECT DISTINCT a.source, a.page_date, a.next_date, q.pair, q.low, q.high
    FROM asked a
    JOIN printed_quotes q ON q.source = a.source AND q.page_date = a.page_date
), paired AS (
    SELECT
        r.*, b.page_date AS base_date, b.low AS b_low, b.high AS b_high,
        CASE r.dir WHEN 1 THEN r.low - b.high ELSE b.low - r.high END AS least_move,
        CASE r.dir WHEN 1 THEN r.high - b.low ELSE b.high - r.low END AS most_move,
        least_ticks(r.k_low, r.half, r.tick, r.below, r.even_halves, least_move) AS k_least
    FROM bases b
    JOIN report_bounds r ON r.source = b.source AND r.page_date = b.next_date AND r.pair = b.pair
    WHERE r.chosen
), reports AS (
    SELECT
        source, base_date, pair, b_low, b_high, low, high, reported_text, any_value(snapshots) AS snapshots,
        bool_or(explained_by(
            dir, reported_sign, p, p_low, p_high, below, even_halves, low_open, high_closed, hundred, half, tick,
            k_low, k_high, low, high, b_low, b_high, least_move, most_move, k_least
        )) AS explained
    FROM paired
    GROUP BY ALL
), told AS (
    SELECT
        source, base_date, pair, b_low, b_high, sum(snapshots) AS reports,
        coalesce(sum(snapshots) FILTER (explained), 0) AS explained
    FROM reports
    GROUP BY ALL
)
SELECT q.snapshot_id, sum(t.reports)::BIGINT AS reports, sum(t.explained)::BIGINT AS explained
FROM dated_quotes q
JOIN told t
    ON t.source = q.source AND t.base_date = q.page_date AND t.pair = q.pair AND t.b_low = q.low AND t.b_high = q.high
GROUP BY q.snapshot_id;
COMMENT ON VIEW base_evidence IS 'A step towards daily: one row per snapshot of a date whose states capture times do not order: how many reports of the next captured date (within the look-back) have it as a possible base. Snapshots only, no closes';
COMMENT ON COLUMN base_evidence.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN base_evidence.reports IS 'Reports of the next captured date on pairs that it shows, and that some base could yield';
COMMENT ON COLUMN base_evidence.explained IS 'How many of these it explains';
