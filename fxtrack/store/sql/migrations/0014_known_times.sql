-- When things were known: sightings beside the first, and the rules in force.

-- The same bytes at another time, in another place or for another source are a sighting of their own.

CREATE TABLE IF NOT EXISTS further_sightings (
    capture_id VARCHAR, source VARCHAR, location VARCHAR, uri VARCHAR, captured_utc TIMESTAMP, ingested_utc TIMESTAMP,
    page_date DATE, date_basis VARCHAR, snapshot_id VARCHAR, repeats INTEGER, outcome VARCHAR, detail VARCHAR,
    shown_date DATE, again BOOLEAN DEFAULT false
);
COMMENT ON TABLE further_sightings IS 'One row per sighting of a capture beside the earliest, which is in captures, and snapshot that it shows: the same bytes at another time, in another place or for another source';
COMMENT ON COLUMN further_sightings.capture_id IS 'The capture';
COMMENT ON COLUMN further_sightings.source IS 'Name of the source of the page, or of the snapshot where outcome is null';
COMMENT ON COLUMN further_sightings.location IS 'Where the page was found, as captures.location';
COMMENT ON COLUMN further_sightings.uri IS 'Address that the page was captured from, null if unknown';
COMMENT ON COLUMN further_sightings.captured_utc IS 'When the page was captured, UTC, null if unknown';
COMMENT ON COLUMN further_sightings.ingested_utc IS 'When this sighting was ingested, UTC';
COMMENT ON COLUMN further_sightings.page_date IS 'Date that the page stands for at this sighting; it may follow from its capture time';
COMMENT ON COLUMN further_sightings.date_basis IS 'Where page_date comes from, as captures.date_basis';
COMMENT ON COLUMN further_sightings.snapshot_id IS 'The snapshot, null if the page shows none';
COMMENT ON COLUMN further_sightings.repeats IS 'Number of times that the ticker''s block of pairs is shown on the page';
COMMENT ON COLUMN further_sightings.outcome IS 'As captures.outcome; null for a snapshot that the page shows beside its first';
COMMENT ON COLUMN further_sightings.detail IS 'As captures.detail';
COMMENT ON COLUMN further_sightings.shown_date IS 'As captures.shown_date';
COMMENT ON COLUMN further_sightings.again IS 'True if another sighting of the capture shows the same snapshot and is counted: a capture counts once for a snapshot';

ALTER TABLE captures ADD COLUMN IF NOT EXISTS sighting_ingested_utc TIMESTAMP;
COMMENT ON TABLE captures IS 'One row per captured page, told apart by content, with its earliest sighting; further_sightings has the others';
COMMENT ON COLUMN captures.ingested_utc IS 'When the page was first ingested, UTC';
COMMENT ON COLUMN captures.sighting_ingested_utc IS 'When the sighting of this row was ingested, UTC: later than ingested_utc if an earlier capture of the same bytes came later; null if not';

-- Files with pages whose bytes were known: the next run reads them again, and enters them as sightings.
UPDATE files SET mtime_ns = NULL
FROM captures c
WHERE files.capture_id = c.capture_id AND files.location <> c.location;
UPDATE files SET mtime_ns = NULL
FROM (
    SELECT f.location
    FROM files f
    LEFT JOIN (
        SELECT regexp_replace(location, '#[0-9]+$', '') AS file, count(*) AS captures FROM captures GROUP BY file
    ) c ON c.file = f.location
    WHERE f.archive IS NULL AND f.capture_id IS NULL AND f.pages > coalesce(c.captures, 0)
) l
WHERE files.location = l.location;

-- The rules as they were known: a question about the past uses the rule of that time.

CREATE TABLE IF NOT EXISTS rule_history (
    source VARCHAR, known_from_utc TIMESTAMP, known_to_utc TIMESTAMP, lookback_days INTEGER, pairs VARCHAR[],
    change_decimals INTEGER, pct_decimals INTEGER, rounding_mode VARCHAR, rule_origin VARCHAR,
    rules STRUCT(
        change_decimals INTEGER, pct_decimals INTEGER, rounding_mode VARCHAR, decided BOOLEAN, valid_from DATE, valid_to DATE
    )[]
);
COMMENT ON TABLE rule_history IS 'One row per source and change of its settings or of its rounding rules in force: what was known when';
COMMENT ON COLUMN rule_history.source IS 'Name of the source';
COMMENT ON COLUMN rule_history.known_from_utc IS 'Start of the run that found it, UTC; -infinity for what was known when this record began';
COMMENT ON COLUMN rule_history.known_to_utc IS 'Start of the run that found otherwise, UTC; null while it is known so';
COMMENT ON COLUMN rule_history.lookback_days IS 'As sources.lookback_days';
COMMENT ON COLUMN rule_history.pairs IS 'As sources.pairs';
COMMENT ON COLUMN rule_history.change_decimals IS 'As sources.change_decimals';
COMMENT ON COLUMN rule_history.pct_decimals IS 'As sources.pct_decimals';
COMMENT ON COLUMN rule_history.rounding_mode IS 'As sources.rounding_mode';
COMMENT ON COLUMN rule_history.rule_origin IS 'As sources.rule_origin';
COMMENT ON COLUMN rule_history.rules IS 'The rows of rounding_rules that were chosen: the rules that verdicts used';
DELETE FROM rule_history;
INSERT INTO rule_history BY NAME
SELECT
    s.source, '-infinity'::TIMESTAMP AS known_from_utc, s.lookback_days, s.pairs, s.change_decimals, s.pct_decimals, s.rounding_mode,
    s.rule_origin, r.rules
FROM sources s
LEFT JOIN (
    SELECT source, list({
        'change_decimals': change_decimals, 'pct_decimals': pct_decimals, 'rounding_mode': rounding_mode, 'decided': decided,
        'valid_from': valid_from, 'valid_to': valid_to
    } ORDER BY valid_from NULLS FIRST, change_decimals, pct_decimals, rounding_mode) AS rules
    FROM rounding_rules WHERE chosen GROUP BY source
) r USING (source);
