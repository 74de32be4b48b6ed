SELECT
    r.source, r.change_decimals, r.pct_decimals, r.chosen, s.rule_origin, s.lookback_days,
    r.reports, r.explained, r.breaks, r.evidence_from
FROM rounding_rules r
JOIN sources s USING (source)
WHERE $source IS NULL OR r.source = $source
ORDER BY r.source, r.chosen DESC, r.explained - r.breaks DESC, r.breaks, r.change_decimals DESC NULLS FIRST, r.pct_decimals DESC
