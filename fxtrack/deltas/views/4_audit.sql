-- How far the reports of each pair can be trusted, and the smallest change that the source can report.

CREATE OR REPLACE VIEW audited_pairs AS
WITH counted AS (
    SELECT
        c.source, c.pair,
        count(*) AS quotes,
        count(c.reported_text) AS reports,
        count(*) FILTER (c.verdict = 'agrees') AS agrees,
        count(*) FILTER (c.verdict = 'agrees earlier') AS agrees_earlier,
        count(*) FILTER (c.informative) AS informative,
        count(*) FILTER (c.verdict = 'repeated') AS repeated,
        count(*) FILTER (c.verdict = 'unexplained') AS unexplained,
        count(*) FILTER (c.verdict = 'breaks the rule') AS breaks_the_rule,
        count(*) FILTER (c.verdict = 'base not captured') AS base_not_captured,
        count(*) FILTER (c.verdict = 'no history') AS no_history,
        count(*) FILTER (c.verdict = 'not reported') AS not_reported,
        count(*) FILTER (c.verdict = 'rule undecided') AS rule_undecided,
        max(abs(c.change_pct)) FILTER (coalesce(c.reported_pct, c.reported_change) = 0 AND c.gap_days <= c.lookback_days)
            AS largest_zero_pct,
        -- the dates in hidden_moves
        list(c.page_date) FILTER (c.hidden_move_pct IS NOT NULL) AS hidden,
        arg_max({rate: c.rate, unit_decimals: c.unit_decimals, reported_decimals: c.reported_decimals}, c.page_date)
            FILTER (c.is_close) AS latest
    FROM compared_moves c
    GROUP BY c.source, c.pair
), at_latest AS (
    SELECT
        c.*, s.pct_decimals, units(c.latest.rate)::HUGEINT AS base,
        CASE WHEN s.source IS NOT NULL THEN s.pct_decimals IS NULL END AS absolute,
        change_half(
            CASE WHEN absolute THEN coalesce(s.change_decimals, c.latest.reported_decimals) ELSE s.change_decimals END,
            c.latest.unit_decimals
        )::HUGEINT AS half,
        2 * half AS tick,
        200 * pow10(s.pct_decimals)::HUGEINT AS hundred,
        s.rounding_mode = 'towards zero' AS cut,
        s.rounding_mode = 'half to even' AS even_halves
    FROM counted c
    LEFT JOIN sources s ON s.source = c.source AND s.rule_origin <> 'undecided'
), smallest AS (
    -- the fewest ticks of change that do not print as zero
    SELECT *, CASE WHEN absolute THEN 1 ELSE greatest(1,
        CASE WHEN cut THEN div_ceil(2 * base, hundred * tick) ELSE first_whole(base, hundred * tick, (NOT even_halves)::INTEGER) END
    ) END AS k FROM at_latest
)
SELECT
    source, pair, quotes, reports, agrees, agrees_earlier, informative, repeated, unexplained, breaks_the_rule,
    base_not_captured, no_history, not_reported, rule_undecided,
    CASE
        WHEN absolute THEN NULL
        WHEN half IS NULL THEN pct_of_millionths(pow10(6 - pct_decimals))
        WHEN cut THEN pct_of_millionths(div_floor(hundred * k * tick, 2 * base) * pow10(6 - pct_decimals))
        ELSE pct_of_millionths(div_round(hundred * k * tick, 2 * base) * pow10(6 - pct_decimals))
    END AS smallest_report_pct,
    CASE WHEN absolute THEN rate_of_nanos(half) END AS smallest_report_change,
    CASE
        WHEN half IS NULL AND absolute THEN NULL -- the latest close reports nothing, so its decimals are not known
        WHEN half IS NULL THEN pct_of_millionths(pow10(6 - pct_decimals) // CASE WHEN cut THEN 1 ELSE 2 END)
        ELSE pct_of_millionths(div_ceil((2 * k - CASE WHEN cut THEN 0 ELSE 1 END) * half * 100000000, base))
    END AS smallest_change_pct,
    largest_zero_pct, coalesce(list_unique(hidden), 0)::BIGINT AS hidden_moves
FROM smallest;
COMMENT ON VIEW audited_pairs IS 'A step towards audit: its rows, and the hidden moves of each pair, counted in the same pass';
COMMENT ON COLUMN audited_pairs.source IS 'As in audit';
COMMENT ON COLUMN audited_pairs.pair IS 'As in audit';
COMMENT ON COLUMN audited_pairs.quotes IS 'As in audit';
COMMENT ON COLUMN audited_pairs.reports IS 'As in audit';
COMMENT ON COLUMN audited_pairs.agrees IS 'As in audit';
COMMENT ON COLUMN audited_pairs.agrees_earlier IS 'As in audit';
COMMENT ON COLUMN audited_pairs.informative IS 'As in audit';
COMMENT ON COLUMN audited_pairs.repeated IS 'As in audit';
COMMENT ON COLUMN audited_pairs.unexplained IS 'As in audit';
COMMENT ON COLUMN audited_pairs.breaks_the_rule IS 'As in audit';
COMMENT ON COLUMN audited_pairs.base_not_captured IS 'As in audit';
COMMENT ON COLUMN audited_pairs.no_history IS 'As in audit';
COMMENT ON COLUMN audited_pairs.not_reported IS 'As in audit';
COMMENT ON COLUMN audited_pairs.rule_undecided IS 'As in audit';
COMMENT ON COLUMN audited_pairs.smallest_report_pct IS 'As in audit';
COMMENT ON COLUMN audited_pairs.smallest_report_change IS 'As in audit';
COMMENT ON COLUMN audited_pairs.smallest_change_pct IS 'As in audit';
COMMENT ON COLUMN audited_pairs.largest_zero_pct IS 'As in audit';
COMMENT ON COLUMN audited_pairs.hidden_moves IS 'How many rows of hidden_moves are of the pair';

CREATE OR REPLACE VIEW audit AS
SELECT * EXCLUDE hidden_moves FROM audited_pairs ORDER BY source, pair;
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
