-- The stored tables. The views derive everything else from them.
-- No keys and no indexes: the one writer keeps rows unique, and an index on SHA-256 costs more than all the rows.

CREATE TABLE schema_migrations (version INTEGER, applied_utc TIMESTAMP, tool_version VARCHAR);
COMMENT ON COLUMN schema_migrations.version IS 'Number of the change; the highest is the version of the schema';
COMMENT ON COLUMN schema_migrations.applied_utc IS 'When it was applied, UTC';
COMMENT ON COLUMN schema_migrations.tool_version IS 'Version of fxtrack that applied it';

CREATE TABLE store_info (store_id VARCHAR, generation BIGINT, settled_generation BIGINT, views_digest VARCHAR);
COMMENT ON COLUMN store_info.store_id IS 'Random name given when the store was created';
COMMENT ON COLUMN store_info.generation IS 'Raised by every change of the data; a published file of the same generation is up to date';
COMMENT ON COLUMN store_info.views_digest IS 'SHA-256 of the definitions of views and macros in force';

CREATE TABLE sources (
    source VARCHAR, lookback_days INTEGER, change_decimals INTEGER, pct_decimals INTEGER, rule_origin VARCHAR
);
COMMENT ON TABLE sources IS 'One row per source: the settings that verdicts depend on';
COMMENT ON COLUMN sources.source IS 'Name of the source in config.toml';
COMMENT ON COLUMN sources.lookback_days IS 'How many days back a snapshot may lie to explain a report';
COMMENT ON COLUMN sources.change_decimals IS 'Rounding rule in force: decimals of the absolute change; null for a plain percent change';
COMMENT ON COLUMN sources.pct_decimals IS 'Rounding rule in force: decimals of the percentage';

CREATE TABLE rounding_rules (
    source VARCHAR, change_decimals INTEGER, pct_decimals INTEGER, chosen BOOLEAN,
    reports BIGINT, explained BIGINT, breaks BIGINT, evidence_from DATE
);
COMMENT ON COLUMN rounding_rules.source IS 'Name of the source';
COMMENT ON COLUMN rounding_rules.pct_decimals IS 'Decimals that the percentage is rounded to';
COMMENT ON COLUMN rounding_rules.chosen IS 'True for the one rule that verdicts use';
COMMENT ON COLUMN rounding_rules.reports IS 'Reports with another snapshot of the same date or within the look-back to test them on';
COMMENT ON COLUMN rounding_rules.evidence_from IS 'Page date of the oldest report counted';

CREATE TABLE captures (
    capture_id VARCHAR, source VARCHAR, location VARCHAR, uri VARCHAR, captured_utc TIMESTAMP, ingested_utc TIMESTAMP,
    page_date DATE, date_basis VARCHAR, snapshot_id VARCHAR, repeats INTEGER, outcome VARCHAR, detail VARCHAR
);
COMMENT ON TABLE captures IS 'One row per captured page, told apart by content';
COMMENT ON COLUMN captures.capture_id IS 'SHA-256 of the page''s bytes, hex';
COMMENT ON COLUMN captures.source IS 'Name of the source in config.toml';
COMMENT ON COLUMN captures.uri IS 'Address that the page was captured from, null if unknown';
COMMENT ON COLUMN captures.captured_utc IS 'When the page was captured, UTC, null if unknown';
COMMENT ON COLUMN captures.page_date IS 'Date that the page shows beside its ticker, null if none';
COMMENT ON COLUMN captures.date_basis IS 'Where page_date comes from: page (the date line) or capture (the capture time); null without a date';
COMMENT ON COLUMN captures.outcome IS 'ok, no ticker, conflict (the repeats disagree) or unreadable';

CREATE TABLE snapshots (snapshot_id VARCHAR, source VARCHAR, page_date DATE, state_id VARCHAR);
COMMENT ON TABLE snapshots IS 'One row per distinct ticker state of a source on a page date';
COMMENT ON COLUMN snapshots.snapshot_id IS 'Digest of source, page date and state, hex';
COMMENT ON COLUMN snapshots.source IS 'Name of the source';
COMMENT ON COLUMN snapshots.page_date IS 'Page date, null if unknown';
COMMENT ON COLUMN snapshots.state_id IS 'Digest of source and state, hex: equal for the same state on different dates';

CREATE TABLE snapshot_quotes (
    snapshot_id VARCHAR, pair VARCHAR, rate DECIMAL(18, 9), rate_decimals TINYINT,
    reported_text VARCHAR, reported_pct DECIMAL(18, 6), reported_decimals TINYINT, reported_sign TINYINT
);
COMMENT ON COLUMN snapshot_quotes.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN snapshot_quotes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN snapshot_quotes.rate IS 'Price of 1 BASE in COUNTER, as printed';
COMMENT ON COLUMN snapshot_quotes.rate_decimals IS 'Printed digits after the decimal point';
COMMENT ON COLUMN snapshot_quotes.reported_text IS 'The reported change as printed, null if none';
COMMENT ON COLUMN snapshot_quotes.reported_pct IS 'The reported change in percent';
COMMENT ON COLUMN snapshot_quotes.reported_decimals IS 'Printed digits after the decimal point of the percentage';
COMMENT ON COLUMN snapshot_quotes.reported_sign IS '-1 fell (also -0%), 1 rose, 0 for a zero without a sign';

CREATE TABLE conflict_quotes (
    capture_id VARCHAR, pair VARCHAR, rate DECIMAL(18, 9), rate_decimals TINYINT, reported_text VARCHAR, repeats INTEGER
);
COMMENT ON TABLE conflict_quotes IS 'One row per value that a page in conflict shows for a pair';
COMMENT ON COLUMN conflict_quotes.capture_id IS 'The capture, outcome conflict';
COMMENT ON COLUMN conflict_quotes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN conflict_quotes.rate IS 'Price of 1 BASE in COUNTER, as printed';
COMMENT ON COLUMN conflict_quotes.rate_decimals IS 'Printed digits after the decimal point';
COMMENT ON COLUMN conflict_quotes.reported_text IS 'The reported change as printed, null if none';

CREATE TABLE files (location VARCHAR, size BIGINT, mtime_ns BIGINT, capture_id VARCHAR, error VARCHAR, seen_utc TIMESTAMP);
COMMENT ON COLUMN files.location IS 'Path, relative to the configuration''s folder';
COMMENT ON COLUMN files.size IS 'Bytes when it was read';
COMMENT ON COLUMN files.mtime_ns IS 'Last change when it was read, nanoseconds since 1970 UTC; null: read it again next time';
COMMENT ON COLUMN files.capture_id IS 'The capture that the file holds, null if it could not be read';
COMMENT ON COLUMN files.seen_utc IS 'When it was read, UTC';

CREATE TABLE runs (
    run_id BIGINT, job VARCHAR, started_utc TIMESTAMP, ended_utc TIMESTAMP, outcome VARCHAR, pages BIGINT, new BIGINT,
    known BIGINT, no_ticker BIGINT, conflict BIGINT, unreadable BIGINT, message VARCHAR, tool_version VARCHAR
);
COMMENT ON TABLE runs IS 'One row per run that wrote to the store, with its outcome';
COMMENT ON COLUMN runs.run_id IS 'Number of the run';
COMMENT ON COLUMN runs.started_utc IS 'Start, UTC';
COMMENT ON COLUMN runs.ended_utc IS 'End, UTC; null while it runs or if it was killed';
COMMENT ON COLUMN runs.new IS 'Pages that were not in the store';
COMMENT ON COLUMN runs.known IS 'Pages that were in the store already';
COMMENT ON COLUMN runs.no_ticker IS 'New pages without a ticker';
COMMENT ON COLUMN runs.conflict IS 'New pages whose repeats disagree';
COMMENT ON COLUMN runs.unreadable IS 'Pages that hold no text or could not be read';
COMMENT ON COLUMN runs.tool_version IS 'Version of fxtrack';
