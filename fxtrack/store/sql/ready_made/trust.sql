-- How many reports of each pair are explained, and the smallest change that the source can report.
SELECT
    source, pair, reports, agrees + agrees_earlier AS explained, unexplained, breaks_the_rule,
    base_not_captured + no_history AS cannot_tell, smallest_report_pct, smallest_change_pct, largest_zero_pct
FROM audit;
