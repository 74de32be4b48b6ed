-- The rounding rules tried on each source, best first; change_decimals is empty for a plain percent change.
SELECT r.source, r.chosen, r.change_decimals, r.pct_decimals, r.explained, r.reports, r.breaks, s.rule_origin
FROM rounding_rules r
JOIN sources s USING (source)
ORDER BY r.source, r.explained - r.breaks DESC, r.breaks, r.change_decimals DESC NULLS FIRST, r.pct_decimals DESC;
