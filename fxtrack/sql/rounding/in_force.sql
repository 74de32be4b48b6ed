-- The rules that were chosen.
UPDATE sources SET change_decimals = c.change_decimals, pct_decimals = c.pct_decimals, rule_origin = c.origin
FROM (
    SELECT
        unnest($sources) AS source, unnest($change::INTEGER[]) AS change_decimals, unnest($pct::INTEGER[]) AS pct_decimals,
        unnest($origin) AS origin
) c
WHERE sources.source = c.source
