-- Findings that a person should look at.

CREATE OR REPLACE VIEW expected_pairs AS
WITH listed AS (
    SELECT s.snapshot_id, s.source, s.page_date, unnest(l.pairs) AS pair
    FROM snapshots s JOIN sources l USING (source)
), shown AS (
    SELECT s.snapshot_id, s.source, s.page_date, q.pair
    FROM snapshot_quotes q
    JOIN snapshots s USING (snapshot_id)
    JOIN sources l USING (source)
    WHERE l.pairs IS NOT NULL
)
SELECT
    coalesce(l.snapshot_id, s.snapshot_id) AS snapshot_id, coalesce(l.source, s.source) AS source,
    coalesce(l.page_date, s.page_date) AS page_date, coalesce(l.pair, s.pair) AS pair,
    l.pair IS NOT NULL AS listed, s.pair IS NOT NULL AS shown
FROM listed l
FULL JOIN shown s ON s.snapshot_id = l.snapshot_id AND s.pair = l.pair;
COMMENT ON VIEW expected_pairs IS 'A step towards problems: one row per snapshot and pair that it shows or should show, for sources whose pairs are configured';
COMMENT ON COLUMN expected_pairs.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN expected_pairs.source IS 'Name of the source';
COMMENT ON COLUMN expected_pairs.page_date IS 'Page date, null if unknown';
COMMENT ON COLUMN expected_pairs.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN expected_pairs.listed IS 'True if the configuration lists the pair for the source';
COMMENT ON COLUMN expected_pairs.shown IS 'True if the snapshot shows it';

CREATE OR REPLACE MACRO times(a, b) AS CASE
    WHEN a // b >= 10 THEN (a // b)::VARCHAR ELSE (10 * a::HUGEINT // b // 10)::VARCHAR || '.' || (10 * a::HUGEINT // b % 10)
END;
COMMENT ON MACRO times IS 'A quotient of whole numbers as text, rounded down, with one decimal below ten';

CREATE OR REPLACE MACRO plain_rate(nanos) AS as_printed(rate_of_nanos(nanos), 0);
COMMENT ON MACRO plain_rate IS 'Billionths of a rate as text without trailing zeros';

CREATE OR REPLACE VIEW every_finding AS
SELECT
    'conflict' AS problem, c.source, c.page_date, v.pair, c.location, c.capture_id,
    v.pair || ' = ' || quote_text(v.rate, v.rate_decimals, v.rate_unit, v.reported_text, v.change_text)
        || ' in ' || v.repeats || ' of ' || c.repeats || ' repeats' || coalesce('; ' || c.detail, '') AS detail
FROM conflict_quotes v
JOIN captures c USING (capture_id)
WHERE c.detail IS NOT NULL OR (v.capture_id, v.pair) IN (
    SELECT (capture_id, pair) FROM conflict_quotes GROUP BY capture_id, pair HAVING count(*) > 1
)
UNION ALL
SELECT 'unreadable', source, page_date, NULL, location, capture_id, detail FROM captures WHERE outcome = 'unreadable'
UNION ALL
-- another source may read the same bytes in another way
SELECT
    CASE WHEN f.outcome IN ('conflict', 'unreadable') THEN f.outcome ELSE 'note' END, f.source, f.page_date, NULL, f.location,
    f.capture_id, coalesce(f.detail, 'the repeats disagree')
FROM further_sightings f
JOIN captures c USING (capture_id)
WHERE f.source <> c.source AND (f.detail IS NOT NULL OR f.outcome IN ('conflict', 'unreadable'))
UNION ALL
SELECT
    CASE WHEN archive IS NULL THEN 'file not read' ELSE 'damage' END, NULL, NULL, NULL, location, NULL, error
FROM files WHERE error IS NOT NULL
UNION ALL
SELECT 'note', source, page_date, NULL, location, capture_id, detail
FROM captures WHERE outcome IN ('ok', 'no ticker') AND detail IS NOT NULL
UNION ALL
SELECT
    'date in the future', source, page_date, NULL, location, capture_id,
    'taken in on ' || ingested_utc::DATE || ', more than a day before its date'
FROM (
    SELECT source, page_date, location, capture_id, ingested_utc FROM captures
    UNION ALL
    SELECT f.source, f.page_date, c.location, c.capture_id, c.ingested_utc FROM further_snapshots f JOIN captures c USING (capture_id)
    UNION ALL
    SELECT source, page_date, location, capture_id, ingested_utc FROM further_sightings WHERE NOT again
)
WHERE page_date > ingested_utc::DATE + 1
UNION ALL
SELECT
    'date far from capture', source, shown_date, NULL, location, capture_id,
    'shows ' || shown_date || ', but was captured on ' || captured_utc || ' UTC, '
        || abs(date_diff('day', shown_date, captured_utc::DATE)) || ' days apart: neither is believed'
FROM (
    SELECT source, location, capture_id, captured_utc, shown_date, page_date FROM captures
    UNION ALL
    SELECT source, location, capture_id, captured_utc, shown_date, page_date FROM further_sightings WHERE outcome IS NOT NULL
)
WHERE shown_date IS NOT NULL AND page_date IS NULL
UNION ALL
SELECT
    CASE WHEN e.listed THEN 'missing pair' ELSE 'unexpected pair' END, e.source, e.page_date, e.pair, c.location, c.capture_id,
    CASE WHEN e.listed THEN e.pair || ' is listed in `pairs` of the source, and not on the page'
        ELSE e.pair || ' is on the page, and not listed in `pairs` of the source' END
FROM expected_pairs e
JOIN (
    SELECT snapshot_id, min(capture_id) AS capture_id, arg_min(location, capture_id) AS location
    FROM sightings GROUP BY snapshot_id
) c ON c.snapshot_id = e.snapshot_id
WHERE e.listed <> e.shown
UNION ALL
SELECT
    'change contradicts percentage', source, page_date, pair, NULL, NULL,
    pair || ' = ' || as_printed(rate, rate_decimals) || ' prints ' || change_text || ' beside ' || reported_text
        || ', and no base gives both'
FROM (
    SELECT *, units(reported_change) AS printed_change, change_text_half(change_text, unit_decimals) AS printed_half
    FROM dated_quotes WHERE change_text IS NOT NULL AND reported_pct IS NOT NULL
)
WHERE NOT change_agrees(low, high, printed_change, printed_half, reported_pct, reported_decimals, reported_sign)
UNION ALL
SELECT DISTINCT
    'outlier', q.source, q.page_date, q.pair, NULL, NULL,
    q.pair || ' = ' || as_printed(q.rate, q.rate_decimals) || ' is '
        || CASE WHEN q.low > o.high THEN times(q.units, o.high) || ' times' ELSE 'one part in ' || times(o.low, q.units) || ' of' END
        || ' the rates of the neighbouring dates, ' || plain_rate((o.low + 1) // 2) || ' to ' || plain_rate(o.high // 2)
        || CASE
            WHEN o.reading IS NULL THEN ''
            WHEN o.reading = 'inverted' THEN '; likely inverted, 1 / ' || as_printed(q.rate, q.rate_decimals) || ' = '
                || plain_rate(div_round(2000000000000000000::HUGEINT, q.units))
            ELSE '; likely ' || o.reading
        END
FROM settled_outliers o
JOIN dated_quotes q ON q.snapshot_id = o.snapshot_id AND q.pair = o.pair
UNION ALL
SELECT
    verdict, source, page_date, pair, NULL, NULL,
    pair || ' = ' || as_printed(rate, rate_decimals) || ' reports ' || reported_text || CASE verdict
        WHEN 'unexplained' THEN ', base ' || coalesce(base_low::VARCHAR, 'beyond any rate') || ' to '
            || coalesce(base_high::VARCHAR, 'no limit') || ', and no captured snapshot shows that'
        ELSE ', which no base could yield'
    END
FROM deltas
WHERE verdict IN ('unexplained', 'breaks the rule') AND snapshot_id NOT IN (SELECT snapshot_id FROM repeats) -- told once
UNION ALL
SELECT
    'ticker stands still', source, first_date, NULL, NULL, NULL,
    'shows the state of ' || since || ' again, reports included, on ' || dates || CASE dates WHEN 1 THEN ' date' ELSE ' dates' END
        || ' until ' || last_date
FROM standing
UNION ALL
SELECT outcome || ' run', NULL, NULL, NULL, NULL, NULL, job || ' ' || run_id || coalesce(': ' || message, '')
FROM runs WHERE outcome IN ('fetch failed', 'layout changed', 'store failed', 'failed', 'killed');
COMMENT ON VIEW every_finding IS 'A step towards problems, which has the same columns: one row per finding, also about forgotten captures';
COMMENT ON COLUMN every_finding.problem IS 'As problems.problem, without forgotten';
COMMENT ON COLUMN every_finding.source IS 'Name of the source, if there is one';
COMMENT ON COLUMN every_finding.page_date IS 'Page date, if known';
COMMENT ON COLUMN every_finding.pair IS 'BASE/COUNTER, if the problem concerns one pair';
COMMENT ON COLUMN every_finding.location IS 'The file, if there is one';
COMMENT ON COLUMN every_finding.capture_id IS 'The capture, if there is one';
COMMENT ON COLUMN every_finding.detail IS 'Description of the finding';

CREATE OR REPLACE VIEW problems AS
SELECT e.problem, e.source, e.page_date, e.pair, e.location, e.capture_id, e.detail
FROM every_finding e
ANTI JOIN forgotten f ON f.capture_id = e.capture_id
UNION ALL
SELECT 'forgotten', source, page_date, NULL, location, capture_id, 'by ' || forgotten_by || ' on ' || forgotten_utc::DATE || ': ' || why
FROM forgotten;
COMMENT ON VIEW problems IS 'One row per finding that a person should look at';
COMMENT ON COLUMN problems.problem IS 'conflict (one row per value shown), unreadable, file not read, damage (a place in an archive), note (text of a page was skipped), date in the future, date far from capture (sources.max_capture_days), missing pair or unexpected pair (sources.pairs), change contradicts percentage, ticker stands still (one row for all its dates), outlier (a rate far from those of the neighbouring dates, with the likely reading), unexplained, breaks the rule, forgotten (by fxtrack forget; the capture has no other row here), or a run that did not end well: fetch failed run, layout changed run, store failed run, failed run, killed run';
COMMENT ON COLUMN problems.source IS 'Name of the source, if there is one';
COMMENT ON COLUMN problems.page_date IS 'Page date, if known';
COMMENT ON COLUMN problems.pair IS 'BASE/COUNTER, if the problem concerns one pair';
COMMENT ON COLUMN problems.location IS 'The file, if there is one';
COMMENT ON COLUMN problems.capture_id IS 'The capture, if there is one';
COMMENT ON COLUMN problems.detail IS 'Description of the finding';
