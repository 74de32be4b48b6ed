-- The rows that were known at a time: the macros daily_as_of, deltas_as_of and so on start from them. Those are made
-- from the views: the same SQL reads these macros in place of the tables.

CREATE OR REPLACE MACRO known_by(moment) AS CASE
    WHEN length(moment::VARCHAR) = 10 THEN (moment::DATE + 1)::TIMESTAMP - INTERVAL 1 MICROSECOND
    ELSE moment::TIMESTAMP
END;
COMMENT ON MACRO known_by IS 'The moment that a question about the past means, UTC: a day means its end';

CREATE OR REPLACE MACRO known_sightings(moment) AS TABLE
SELECT
    s.* REPLACE (row_number() OVER (
        PARTITION BY s.capture_id, s.snapshot_id ORDER BY s.ingested_utc, s.captured_utc, s.location
    ) > 1 AS again)
FROM every_sighting s
-- a capture counts until it is forgotten
ANTI JOIN forgotten f ON f.capture_id = s.capture_id AND f.forgotten_utc <= known_by(moment)
WHERE in_store('{store_id}') AND s.ingested_utc <= known_by(moment);
COMMENT ON MACRO TABLE known_sightings IS 'known_sightings(moment): a step towards daily_as_of and deltas_as_of, the sightings that had been ingested at a time, without those of captures forgotten by then';

CREATE OR REPLACE MACRO sightings_as_of(moment) AS TABLE
SELECT g.* FROM known_sightings(moment) g WHERE of_store('{store_id}');
COMMENT ON MACRO TABLE sightings_as_of IS 'sightings_as_of(moment): sightings that had been ingested at a time; a day means its end, UTC. The time of a run is its start. Pages are shown as they are read now: reparse changes the past as well. A forgotten capture counts until it is forgotten; one that is brought back, at all times';

CREATE OR REPLACE MACRO snapshots_as_of(moment) AS TABLE
SELECT s.*
FROM every_snapshot s
WHERE in_store('{store_id}') AND s.snapshot_id IN (SELECT g.snapshot_id FROM known_sightings(moment) g);
COMMENT ON MACRO TABLE snapshots_as_of IS 'snapshots_as_of(moment): a step towards daily_as_of and deltas_as_of, the snapshots that had been seen at a time';

CREATE OR REPLACE MACRO sources_as_of(moment) AS TABLE
SELECT
    h.source, h.lookback_days, h.change_decimals, h.pct_decimals, h.rule_origin, h.pairs, h.rounding_mode
FROM rule_history h
WHERE in_store('{store_id}') AND h.known_from_utc <= known_by(moment) AND (h.known_to_utc IS NULL OR h.known_to_utc > known_by(moment));
COMMENT ON MACRO TABLE sources_as_of IS 'sources_as_of(moment): a step towards daily_as_of and deltas_as_of, the settings and rules of the sources at a time';

CREATE OR REPLACE MACRO rounding_rules_as_of(moment) AS TABLE
SELECT
    r.source, r.rule.change_decimals AS change_decimals, r.rule.pct_decimals AS pct_decimals, true AS chosen,
    NULL::BIGINT AS reports, NULL::BIGINT AS explained, NULL::BIGINT AS breaks, NULL::DATE AS evidence_from,
    r.rule.rounding_mode AS rounding_mode, true AS remains, r.rule.decided AS decided, NULL::BIGINT AS informative,
    NULL::DECIMAL(9, 1) AS log10_odds, r.rule.valid_from AS valid_from, r.rule.valid_to AS valid_to
FROM (
    SELECT h.source, unnest(h.rules) AS rule
    FROM rule_history h
    WHERE h.known_from_utc <= known_by(moment) AND (h.known_to_utc IS NULL OR h.known_to_utc > known_by(moment))
) r
WHERE in_store('{store_id}');
COMMENT ON MACRO TABLE rounding_rules_as_of IS 'rounding_rules_as_of(moment): a step towards daily_as_of and deltas_as_of, the rounding rules that verdicts used at a time, without the evidence for them';

-- Chances and lags are counted over all reports: too much for a question of the shell. The option --as-of counts them.
CREATE OR REPLACE MACRO uncounted_chances(moment) AS TABLE
SELECT NULL::VARCHAR AS source, NULL::UBIGINT AS range_id, NULL::BIGINT AS states, NULL::BIGINT AS explaining
WHERE in_store('{store_id}') AND false;
COMMENT ON MACRO TABLE uncounted_chances IS 'uncounted_chances(moment): a step towards daily_as_of and deltas_as_of, no rows in place of chances: deltas_as_of leaves chance, chance_of and informative null';

CREATE OR REPLACE MACRO uncounted_lags(moment) AS TABLE
SELECT NULL::VARCHAR AS source, NULL::INTEGER AS days_back, NULL::INTEGER AS examined
WHERE in_store('{store_id}') AND false;
COMMENT ON MACRO TABLE uncounted_lags IS 'uncounted_lags(moment): a step towards daily_as_of and deltas_as_of, no rows in place of evidence_ends: deltas_as_of leaves beyond_evidence null';

CREATE OR REPLACE VIEW revisions AS
WITH known AS (
    SELECT
        s.source, s.page_date, s.snapshot_id, s.ingested_utc, s.capture_id, s.location, s.captured_utc,
        row_number() OVER (
            PARTITION BY s.snapshot_id ORDER BY s.ingested_utc, s.captured_utc NULLS LAST, s.location
        ) = 1 AS is_new,
        -- whether it moves the state to a later time of its date
        s.captured_utc > coalesce(max(s.captured_utc) FILTER (NOT is_late(s.captured_utc, s.page_date)) OVER (
            PARTITION BY s.snapshot_id ORDER BY s.ingested_utc, s.captured_utc NULLS LAST, s.location
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), '-infinity'::TIMESTAMP) AND NOT is_late(s.captured_utc, s.page_date) AS is_later
    FROM sightings s
    WHERE s.page_date IS NOT NULL
), changed AS (
    SELECT
        k.source, k.page_date, q.pair, k.ingested_utc AS known_utc, k.is_new, k.capture_id, k.location, k.captured_utc,
        k.snapshot_id, q.rate, q.rate_decimals, q.reported_text,
        count(*) FILTER (k.is_new) OVER (
            PARTITION BY k.source, k.page_date, q.pair
            ORDER BY k.ingested_utc, k.captured_utc NULLS LAST, k.location, k.snapshot_id
        ) AS states
    FROM known k
    JOIN priced_quotes q ON q.snapshot_id = k.snapshot_id
    WHERE k.is_new OR k.is_later
)
SELECT
    c.source, c.page_date, c.pair, c.known_utc,
    CASE WHEN NOT c.is_new THEN 'seen later' WHEN c.states = 1 THEN 'first state' ELSE 'another state' END AS change,
    as_printed(c.rate, c.rate_decimals) AS rate_text, c.reported_text, c.states, c.captured_utc, c.capture_id, c.location,
    c.snapshot_id
FROM changed c
ORDER BY c.source, c.page_date, c.pair, c.known_utc, c.states, c.captured_utc;
COMMENT ON VIEW revisions IS 'One row per change of what is known of a date: a state of the ticker that had not been seen before, or a later sighting of one. Forgotten captures are left out. daily_as_of(known_utc) has the close as it was then';
COMMENT ON COLUMN revisions.source IS 'Name of the source';
COMMENT ON COLUMN revisions.page_date IS 'Page date';
COMMENT ON COLUMN revisions.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN revisions.known_utc IS 'Start of the run that ingested it, UTC';
COMMENT ON COLUMN revisions.change IS 'first state (of this date and pair), another state, or seen later (a known state at a later time than before)';
COMMENT ON COLUMN revisions.rate_text IS 'The rate of the state with exactly the digits that are printed of it';
COMMENT ON COLUMN revisions.reported_text IS 'The change that it reports, as printed';
COMMENT ON COLUMN revisions.states IS 'States of that date with this pair that were known with it';
COMMENT ON COLUMN revisions.captured_utc IS 'When the page was captured, UTC, null if unknown';
COMMENT ON COLUMN revisions.capture_id IS 'The capture that shows it';
COMMENT ON COLUMN revisions.location IS 'Where the page was found';
COMMENT ON COLUMN revisions.snapshot_id IS 'The snapshot of the state';
