SELECT
    r.source, r.valid_from, r.valid_to, r.change_decimals, r.pct_decimals, r.rounding_mode, r.chosen, r.remains, r.decided,
    s.rule_origin, s.lookback_days, r.reports, r.explained, r.breaks, r.informative, r.log10_odds, r.evidence_from
FROM rounding_rules r
JOIN sources s USING (source)
WHERE $source IS NULL OR r.source = $source
ORDER BY
    r.source, r.valid_from NULLS FIRST, r.chosen DESC, r.remains DESC, r.log10_odds DESC NULLS LAST,
    r.explained - r.breaks DESC, r.change_decimals DESC NULLS FIRST, r.pct_decimals DESC, r.rounding_mode
