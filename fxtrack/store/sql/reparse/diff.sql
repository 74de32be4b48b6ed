-- Every row that would change, as text: captures by field, and the quote of each pair in each capture.
WITH looked_at AS (
    SELECT capture_id FROM again_captures UNION ALL SELECT capture_id FROM again_dropped
), fields AS (
    SELECT capture_id, location, unnest([
        {'field': 'source', 'text': source},
        {'field': 'location', 'text': location},
        {'field': 'outcome', 'text': outcome},
        {'field': 'page_date', 'text': page_date::VARCHAR},
        {'field': 'date_basis', 'text': date_basis},
        {'field': 'shown_date', 'text': shown_date::VARCHAR},
        {'field': 'repeats', 'text': repeats::VARCHAR},
        {'field': 'detail', 'text': detail}
    ], recursive := true)
    FROM captures WHERE capture_id IN (FROM looked_at)
), fields_again AS (
    SELECT capture_id, location, unnest([
        {'field': 'source', 'text': source},
        {'field': 'location', 'text': location},
        {'field': 'outcome', 'text': outcome},
        {'field': 'page_date', 'text': page_date::VARCHAR},
        {'field': 'date_basis', 'text': date_basis},
        {'field': 'shown_date', 'text': shown_date::VARCHAR},
        {'field': 'repeats', 'text': repeats::VARCHAR},
        {'field': 'detail', 'text': detail}
    ], recursive := true)
    FROM again_captures
), seen AS ( -- `also` names a snapshot beside the capture's own, or that of another sighting
    SELECT capture_id, location, snapshot_id, '' AS also FROM captures WHERE capture_id IN (FROM looked_at)
    UNION ALL
    SELECT f.capture_id, c.location, f.snapshot_id, f.source || ' ' || coalesce(f.page_date::VARCHAR, f.snapshot_id)
    FROM further_snapshots f JOIN captures c USING (capture_id)
    WHERE f.capture_id IN (FROM looked_at)
    UNION ALL
    SELECT capture_id, location, snapshot_id, 'seen at ' || location || ' as ' || source || coalesce(' ' || page_date::VARCHAR, '')
    FROM further_sightings WHERE capture_id IN (FROM looked_at)
), seen_again AS (
    SELECT capture_id, location, snapshot_id, '' AS also FROM again_captures
    UNION ALL
    SELECT f.capture_id, c.location, f.snapshot_id, f.source || ' ' || coalesce(f.page_date::VARCHAR, f.snapshot_id)
    FROM again_further f JOIN again_captures c USING (capture_id)
    UNION ALL
    SELECT capture_id, location, snapshot_id, 'seen at ' || location || ' as ' || source || coalesce(' ' || page_date::VARCHAR, '')
    FROM again_sightings
), shown AS (
    SELECT
        c.capture_id, c.location, q.pair, c.also,
        quote_text(q.rate, q.rate_decimals, q.rate_unit, q.reported_text, q.change_text) AS printed,
        (q.rate_decimals, q.reported_pct, q.reported_change, q.reported_decimals, q.reported_sign)::VARCHAR AS kept
    FROM seen c JOIN snapshot_quotes q USING (snapshot_id)
    UNION ALL
    SELECT
        c.capture_id, any_value(c.location), v.pair, '',
        string_agg(quote_text(v.rate, v.rate_decimals, v.rate_unit, v.reported_text, v.change_text) || ' x ' || v.repeats, ', '
            ORDER BY v.rate, v.rate_decimals, v.reported_text, v.change_text, v.repeats), NULL
    FROM captures c JOIN conflict_quotes v USING (capture_id)
    WHERE c.capture_id IN (FROM looked_at)
    GROUP BY c.capture_id, v.pair
), shown_again AS (
    SELECT
        c.capture_id, c.location, q.pair, c.also,
        quote_text(q.rate, q.rate_decimals, q.rate_unit, q.reported_text, q.change_text) AS printed,
        (q.rate_decimals, q.reported_pct, q.reported_change, q.reported_decimals, q.reported_sign)::VARCHAR AS kept
    FROM seen_again c JOIN again_quotes q USING (snapshot_id)
    UNION ALL
    SELECT
        c.capture_id, any_value(c.location), v.pair, '',
        string_agg(quote_text(v.rate, v.rate_decimals, v.rate_unit, v.reported_text, v.change_text) || ' x ' || v.repeats, ', '
            ORDER BY v.rate, v.rate_decimals, v.reported_text, v.change_text, v.repeats), NULL
    FROM again_captures c JOIN again_conflicts v USING (capture_id)
    GROUP BY c.capture_id, v.pair
)
SELECT 'added' AS change, 'capture' AS object, location, capture_id, NULL AS pair, NULL AS field, NULL AS before,
    outcome || coalesce(', ' || page_date, '') AS after
FROM again_captures ANTI JOIN captures USING (capture_id)
UNION ALL
SELECT 'removed', 'capture', c.location, capture_id, NULL, NULL, c.outcome || coalesce(', ' || c.page_date, ''), d.reason
FROM captures c JOIN again_dropped d USING (capture_id)
UNION ALL
SELECT 'changed', 'capture', n.location, n.capture_id, NULL, n.field, o.text, n.text
FROM fields o JOIN fields_again n ON n.capture_id = o.capture_id AND n.field = o.field
WHERE o.text IS DISTINCT FROM n.text
UNION ALL
SELECT
    CASE WHEN o.pair IS NULL THEN 'added' WHEN n.pair IS NULL THEN 'removed' ELSE 'changed' END, 'quote',
    coalesce(n.location, o.location), coalesce(n.capture_id, o.capture_id), coalesce(n.pair, o.pair),
    nullif(coalesce(n.also, o.also), ''),
    CASE WHEN o.printed = n.printed THEN o.printed || ' ' || o.kept ELSE o.printed END,
    CASE WHEN o.printed = n.printed THEN n.printed || ' ' || n.kept ELSE n.printed END
FROM shown o
FULL JOIN shown_again n ON n.capture_id = o.capture_id AND n.pair = o.pair AND n.also = o.also
WHERE (o.printed, o.kept) IS DISTINCT FROM (n.printed, n.kept)
ORDER BY object, location, capture_id, field, pair
