-- The rules of some sources, a row for each period.
INSERT INTO rounding_rules BY NAME
SELECT
    unnest($source) AS source, unnest($change::INTEGER[]) AS change_decimals, unnest($pct::INTEGER[]) AS pct_decimals,
    unnest($mode) AS rounding_mode, unnest($chosen) AS chosen, unnest($remains) AS remains, unnest($decided) AS decided,
    unnest($reports) AS reports, unnest($explained) AS explained, unnest($breaks) AS breaks,
    unnest($informative) AS informative, unnest($odds::DECIMAL(9, 1)[]) AS log10_odds,
    unnest($since::DATE[]) AS evidence_from, unnest($from::DATE[]) AS valid_from, unnest($to::DATE[]) AS valid_to
