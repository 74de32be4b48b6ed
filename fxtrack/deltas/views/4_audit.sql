-- How far the reports of each pair can be trusted, and the smallest change that the source can report.

CREATE OR REPLACE VIEW audit AS
WITH counted AS (
    SELECT
        source, pair,
        count(*) AS quotes,
        count(reported_text) AS reports,
        count(*) FILTER (verdict = 'agrees') AS agrees,
        count(*) FILTER (verdict = 'agrees earlier') AS agrees_earlier,
        count(*) FILTER (informative) AS informative,
        count(*) FILTER (verdict = 'repeated') AS repeated,
        count(*) FILTER (verdict = 'unexplained') AS unexplained,
        count(*) FILTER (verdict = 'breaks the rule') AS breaks_the_rule,
        count(*) FILTER (verdict = 'base not captured') AS base_not_captured,
        count(*) FILTER (verdict = 'no history') AS no_history,
        count(*) FILTER (verdict = 'not reported') AS not_reported,
        count(*) FILTER (verdict = 'rule undecided') AS rule_undecided,
        max(abs(change_pct)) FILTER (coalesce(reported_pct, reported_change) = 0 AND gap_days <= lookback_days) AS largest_zero_pct,
        max(lookback_days) AS lookback_days
    FROM deltas JOIN sources USING (source)
    GROUP BY source, pair
), at_latest AS (
    SELECT
        l.source, l.pair, s.pct_decimals, units(l.rate)::HUGEINT AS base,
        s.pct_decimals IS NULL AS absolute,
        change_half(
            CASE WHEN absolute THEN coalesce(s.change_decimals, q.reported_decimals) ELSE s.change_decimals END,
            unit_decimals(q.rate_unit)
        )::HUGEINT AS half,
        2 * half AS tick,
        200 * pow10(s.pct_decimals)::HUGEINT AS hundred,
        s.rounding_mode = 'towards zero' AS cut,
        s.rounding_mode = 'half to even' AS even_halves
    FROM latest l
    JOIN sources s USING (source)
    JOIN snapshot_quotes q ON q.snapshot_id = l.snapshot_id AND q.pair = l.pair
    WHERE s.rule_origin <> 'undecided'
), smallest AS (
    -- the fewest ticks of change that do not print as zero
    SELECT *, CASE WHEN absolute THEN 1 ELSE greatest(1,
        CASE WHEN cut THEN div_ceil(2 * base, hundred * tick) ELSE first_whole(base, hundred * tick, (NOT even_halves)::INTEGER) END
    ) END AS k FROM at_latest
)
SELECT
    c.source, c.pair, c.quotes, c.reports, c.agrees, c.agrees_earlier, c.informative, c.repeated, c.unexplained, c.breaks_the_rule,
    c.base_not_captured, c.no_history, c.not_reported, c.rule_undecided,
    CASE
        WHEN s.absolute THEN NULL
        WHEN s.half IS NULL THEN pct_of_millionths(pow10(6 - s.pct_decimals))
        WHEN s.cut THEN pct_of_millionths(div_floor(s.hundred * s.k * s.tick, 2 * s.base) * pow10(6 - s.pct_decimals))
        ELSE pct_of_millionths(div_round(s.hundred * s.k * s.tick, 2 * s.base) * pow10(6 - s.pct_decimals))
    END AS smallest_report_pct,
    CASE WHEN s.absolute THEN rate_of_nanos(s.half) END AS smallest_report_change,
    CASE
        WHEN s.half IS NULL AND s.absolute THEN NULL -- the latest close reports nothing, so its decimals are not known
        WHEN s.half IS NULL THEN pct_of_millionths(pow10(6 - s.pct_decimals) // CASE WHEN s.cut THEN 1 ELSE 2 END)
        ELSE pct_of_millionths(div_ceil((2 * s.k - CASE WHEN s.cut THEN 0 ELSE 1 END) * s.half * 100000000, s.base))
    END AS smallest_change_pct,
    c.largest_zero_pct
FROM counted c
LEFT JOIN smallest s ON s.source = c.source AND s.pair = c.pair
ORDER BY c.source, c.pair;
COMMENT ON VIEW audit IS 'One row per source and pair: its reports by verdict, and the smallest change that the source can report';
COMMENT ON COLUMN audit.source IS 'Name of the source';
COMMENT ON COLUMN audit.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN audit.quotes IS 'Dated snapshots with this pair';
COMMENT ON COLUMN audit.reports IS 'How many of them report a change';
COMMENT ON COLUMN audit.agrees IS 'Explained by another snapshot of the same date or by one of the previous captured date';
COMMENT ON COLUMN audit.agrees_earlier IS 'Explained by an older snapshot within the look-back';
COMMENT ON COLUMN audit.informative IS 'How many of the explained reports (agrees and agrees_earlier) say something: at most a quarter of the other snapshots would explain them, as in deltas';
COMMENT ON COLUMN audit.repeated IS 'Not explained, and part of a state that the previous captured date shows too: judged there';
COMMENT ON COLUMN audit.unexplained IS 'The previous calendar day is captured, yet no captured snapshot explains the report';
COMMENT ON COLUMN audit.breaks_the_rule IS 'No base could yield the report';
COMMENT ON COLUMN audit.base_not_captured IS 'The previous calendar day is missing, so its base is unknown';
COMMENT ON COLUMN audit.no_history IS 'No earlier date within the look-back';
COMMENT ON COLUMN audit.not_reported IS 'No change printed';
COMMENT ON COLUMN audit.rule_undecided IS 'The remaining rounding rules judge it differently';
COMMENT ON COLUMN audit.smallest_report_pct IS 'Smallest percentage other than zero that the source can print at the latest close under its rounding rule; null where it reports absolute changes';
COMMENT ON COLUMN audit.smallest_report_change IS 'Smallest absolute change other than zero that the source can print, in COUNTER per BASE; null where it reports percentages';
COMMENT ON COLUMN audit.smallest_change_pct IS 'Smallest true change, percent, that does not print as zero at the latest close, rounded up';
COMMENT ON COLUMN audit.largest_zero_pct IS 'Largest computed change, percent, over at most the look-back, that the source reported as zero';
