-- What needs a person's eye.

CREATE OR REPLACE VIEW problems AS
SELECT
    'conflict' AS problem, c.source, c.page_date, v.pair, c.location, c.capture_id,
    v.pair || ' = ' || as_printed(v.rate, v.rate_decimals) || coalesce(' ' || v.reported_text, '')
        || ' in ' || v.repeats || ' of ' || c.repeats || ' repeats' || coalesce('; ' || c.detail, '') AS detail
FROM conflict_quotes v
JOIN captures c USING (capture_id)
WHERE c.detail IS NOT NULL OR (v.capture_id, v.pair) IN (
    SELECT (capture_id, pair) FROM conflict_quotes GROUP BY capture_id, pair HAVING count(*) > 1
)
UNION ALL
SELECT 'unreadable', source, page_date, NULL, location, capture_id, detail FROM captures WHERE outcome = 'unreadable'
UNION ALL
SELECT 'file not read', NULL, NULL, NULL, location, NULL, error FROM files WHERE error IS NOT NULL
UNION ALL
SELECT 'note', source, page_date, NULL, location, capture_id, detail
FROM captures WHERE outcome IN ('ok', 'no ticker') AND detail IS NOT NULL
UNION ALL
SELECT
    'date in the future', source, page_date, NULL, location, capture_id,
    'taken in on ' || ingested_utc::DATE || ', more than a day before the date it shows'
FROM captures WHERE page_date > ingested_utc::DATE + 1
UNION ALL
SELECT
    verdict, source, page_date, pair, NULL, NULL,
    pair || ' = ' || as_printed(rate, rate_decimals) || ' reports ' || reported_text || CASE verdict
        WHEN 'unexplained' THEN ', base ' || coalesce(base_low::VARCHAR, 'beyond any rate') || ' to '
            || coalesce(base_high::VARCHAR, 'no limit') || ', and no captured snapshot shows that'
        ELSE ', which no base could yield'
    END
FROM deltas WHERE verdict IN ('unexplained', 'breaks the rule')
UNION ALL
SELECT outcome || ' run', NULL, NULL, NULL, NULL, NULL, job || ' ' || run_id || coalesce(': ' || message, '')
FROM runs WHERE outcome IN ('failed', 'killed');
COMMENT ON VIEW problems IS 'One row per thing that needs a person''s eye';
COMMENT ON COLUMN problems.problem IS 'conflict (one row per value shown), unreadable, file not read, note (something on a page was not taken), date in the future, unexplained, breaks the rule, failed run or killed run';
COMMENT ON COLUMN problems.source IS 'Name of the source, if it is about one';
COMMENT ON COLUMN problems.page_date IS 'Page date, if known';
COMMENT ON COLUMN problems.pair IS 'BASE/COUNTER, if it is about one';
COMMENT ON COLUMN problems.location IS 'The file, if it is about one';
COMMENT ON COLUMN problems.capture_id IS 'The capture, if it is about one';
COMMENT ON COLUMN problems.detail IS 'What was found';
