-- The likelihood of each report in `asked` under each rule in `tried_rules`: from the true rates behind the printed rate and
-- base of a near state (near), from the printed digits themselves (exact), or from an uncaptured base (anywhere).
-- Statistics, in binary fractions: they choose the rule, and exact arithmetic under that rule gives the verdicts.
CREATE OR REPLACE TEMP TABLE likely AS
WITH scaled AS (
    SELECT
        t.* EXCLUDE (quarter, turn), r.rule, r.rounding_mode, r.rounding_mode = 'towards zero' AS cut,
        2.0 * half_tick(CASE WHEN r.pct_decimals IS NULL THEN coalesce(r.change_decimals, t.decimals) ELSE r.change_decimals END)
            AS tick,
        100.0 * pow10(r.pct_decimals) AS hundred,
        CASE WHEN r.pct_decimals IS NULL THEN t.report / tick ELSE t.report * pow10(r.pct_decimals) END AS exact_units
    FROM asked a
    JOIN tried_reports t USING (report_id)
    JOIN tried_rules r ON r.source = t.source
), whole AS (
    SELECT *, round(exact_units) AS v FROM scaled WHERE abs(exact_units - round(exact_units)) < 1e-6
), printable AS (
    SELECT
        *,
        -- the range that rounds to the report; for an absolute change, the one whole change
        CASE WHEN hundred IS NULL THEN v WHEN NOT cut THEN v - 0.5 WHEN v > 0 THEN v ELSE v - 1 END AS v_low,
        CASE WHEN hundred IS NULL THEN v WHEN NOT cut THEN v + 0.5 WHEN v < 0 THEN v ELSE v + 1 END AS v_high
    FROM whole
), placed AS (
    SELECT p.* EXCLUDE slack, p.slack AS rate_slack, b.base, b.slack AS base_slack, b.share, false AS unknown
    FROM printable p
    JOIN tried_bases b USING (report_id)
    UNION ALL
    SELECT
        p.* EXCLUDE slack, slack, rate / greatest(0.01, 1 + coalesce(v / hundred, 0)),
        slack + coalesce(tick, 0) * CASE WHEN cut THEN 1 ELSE 0.5 END, NULL, true
    FROM printable p
), measured AS (
    SELECT *, base / hundred AS one, rate - base AS move FROM placed
), bounded AS (
    SELECT
        *,
        CASE WHEN hundred IS NULL THEN v ELSE ceil(v_low * one / tick - 1e-9) END AS k_low,
        CASE WHEN hundred IS NULL THEN v ELSE floor(v_high * one / tick + 1e-9) END AS k_high,
        CASE WHEN hundred IS NULL THEN v ELSE round((v_low + v_high) / 2 * one / tick) END AS k
    FROM measured
), ticks AS (
    SELECT *, hundred IS NOT NULL AND k_high - k_low < 1 AS alone FROM bounded -- then k ticks or none yield the report
), outermost AS (
    SELECT *, CASE WHEN alone THEN k ELSE k_low END AS first, CASE WHEN alone THEN k ELSE k_high END AS last FROM ticks
), ranged AS (
    SELECT
        *,
        CASE WHEN tick IS NULL THEN v_low * one WHEN NOT cut THEN (first - 0.5) * tick
            ELSE CASE WHEN first > 0 THEN first ELSE first - 1 END * tick END AS from_move,
        CASE WHEN tick IS NULL THEN v_high * one WHEN NOT cut THEN (last + 0.5) * tick
            ELSE CASE WHEN last < 0 THEN last ELSE last + 1 END * tick END AS to_move,
        -- the share of the true bases behind the printed one that yield the report
        CASE
            WHEN alone IS NOT TRUE THEN 1
            WHEN k = 0 THEN (v = 0)::INTEGER
            WHEN k * v <= 0 THEN 0
            ELSE greatest(0,
                least(base + base_slack, k * tick * hundred / CASE WHEN k > 0 THEN greatest(v_low, 1e-9) ELSE least(v_high, -1e-9) END)
                - greatest(base - base_slack, k * tick * hundred / CASE WHEN k > 0 THEN v_high ELSE v_low END)
            ) / (2 * base_slack)
        END AS part,
        -- beyond this size a move is not reported as zero
        CASE WHEN tick IS NULL THEN one * CASE WHEN cut THEN 1 ELSE 0.5 END
            WHEN cut THEN (coalesce(floor(one / tick), 0) + 1) * tick
            ELSE (coalesce(floor(one / tick / 2), 0) + 0.5) * tick END AS zero_move,
        CASE WHEN tick IS NULL THEN abs(move) ELSE tick * rounds_to(abs(move) / tick, rounding_mode) END AS change
    FROM outermost
), signed AS (
    SELECT
        *,
        CASE WHEN sign > 0 THEN greatest(from_move, 0) ELSE from_move END AS low_move,
        CASE WHEN sign < 0 THEN least(to_move, 0) ELSE to_move END AS high_move
    FROM ranged
), found AS (
    SELECT
        report_id, rule, unknown, share, v = 0 AS zero,
        part * CASE
            WHEN low_move >= high_move THEN 0
            -- a zero from an uncaptured base is no evidence: a coarse rule yields zeros from any base
            WHEN unknown AND v = 0 THEN 0.5
            WHEN unknown THEN 0.5 * (moves_below(100 * high_move / rate) - moves_below(100 * low_move / rate))
                / (2 * moves_below(-100 * zero_move / rate))
            ELSE chance_below(high_move - move, rate_slack, base_slack) - chance_below(low_move - move, rate_slack, base_slack)
        END AS chance,
        NOT unknown AND sign(move) * CASE WHEN hundred IS NULL THEN change / tick
            ELSE rounds_to(change / one, rounding_mode) END = v AND (sign = 0 OR sign = sign(move)) AS exact
    FROM signed
)
SELECT
    report_id, rule, any_value(zero) AS zero,
    coalesce(sum(chance * share) FILTER (NOT unknown), 0) AS near,
    coalesce(sum(share) FILTER (exact), 0)::DOUBLE AS exact,
    coalesce(max(chance) FILTER (unknown), 0) AS anywhere
FROM found
GROUP BY report_id, rule;

-- The same for each page date, in millionths of a natural logarithm, under each of a few assumptions: the share of uncaptured
-- bases, whether the source computes from the printed digits, the share of false reports. A whole page can be misread: the
-- probability of that limits the evidence of one date against a rule.
CREATE OR REPLACE TEMP TABLE date_likelihood AS
WITH assumptions AS (
    SELECT row_number() OVER (ORDER BY missing, digits, wrong) AS assumption, missing, digits, wrong
    FROM (SELECT unnest([0.05, 0.3, 0.95]) AS missing), (SELECT unnest([0, 1]) AS digits), (SELECT unnest([0.03, 0.2]) AS wrong)
), fewest AS (
    SELECT source, min(pct_decimals) AS decimals FROM tried_rules GROUP BY source
), cells AS (
    SELECT
        t.report_id, t.source, t.page_date, b.report_id IS NOT NULL AS has_base,
        CASE WHEN x.absolute THEN 100 * t.report / t.rate ELSE t.report END AS pct,
        CASE WHEN x.absolute THEN 100 * half_tick(t.decimals) / t.rate
            ELSE 0.5 / pow10(greatest(t.decimals, f.decimals)) END AS half,
        CASE WHEN t.report = 0 THEN 0.5
            ELSE 0.5 * (moves_below(pct + half) - moves_below(pct - half)) / (2 * moves_below(-half)) END AS by_mistake
    FROM asked
    JOIN tried_reports t USING (report_id)
    JOIN examined x ON x.source = t.source
    JOIN fewest f ON f.source = t.source
    LEFT JOIN (SELECT DISTINCT report_id FROM tried_bases) b ON b.report_id = t.report_id
), reports AS (
    SELECT
        c.source, c.page_date, r.rule, a.assumption, ln(c.by_mistake) AS mistaken,
        ln((1 - a.wrong) * CASE
            WHEN c.has_base THEN (1 - a.missing) * ((1 - a.digits) * coalesce(l.near, 0) + a.digits * coalesce(l.exact, 0))
                + a.missing * coalesce(l.anywhere, 0)
            ELSE coalesce(l.anywhere, 0)
        END + a.wrong * c.by_mistake) AS meant
    FROM cells c
    JOIN tried_rules r ON r.source = c.source
    LEFT JOIN likely l ON l.report_id = c.report_id AND l.rule = r.rule
    CROSS JOIN assumptions a
), dates AS (
    SELECT source, page_date, rule, assumption, sum(meant) + ln(0.99) AS meant, sum(mistaken) + ln(0.01) AS mistaken
    FROM reports
    GROUP BY source, page_date, rule, assumption
)
SELECT
    source, page_date, rule, assumption,
    (1000000 * (greatest(meant, mistaken) + ln(1 + exp(-abs(meant - mistaken)))))::BIGINT AS likelihood
FROM dates
