-- The reports of a lot under the rules in force: what each implies, what explains it, and which snapshots serve as bases.
INSERT INTO settled_reports
WITH ranges AS (
    SELECT
        b.source, b.page_date, b.pair, b.low, b.high, b.reported_text, min(b.base_low) AS base_low,
        CASE WHEN count(b.base_high) = count(*) THEN max(b.base_high) END AS base_high
    FROM bounds b
    JOIN lot l ON l.source = b.source AND l.page_date = b.page_date
    WHERE l.reports
    GROUP BY ALL
), told AS (
    SELECT r.*, f.base_date FROM ranges r LEFT JOIN found f USING (source, page_date, pair, low, high, reported_text)
)
SELECT q.snapshot_id, q.pair, t.base_low, t.base_high, t.base_date
FROM dated_quotes q
JOIN told t USING (source, page_date, pair, low, high, reported_text);

INSERT INTO settled_bases
SELECT e.*
FROM base_evidence e
JOIN snapshots s ON s.snapshot_id = e.snapshot_id
JOIN lot l ON l.source = s.source AND l.page_date = s.page_date
WHERE l.bases;

DROP TABLE temp.snapshots;
DROP TABLE temp.printed_quotes;
DROP TABLE temp.sightings;
DROP VIEW temp.report_bounds;
DROP TABLE bounds;
DROP TABLE found;
DROP TABLE not_found;
DROP TABLE lot;
