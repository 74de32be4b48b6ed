-- Captures that a person has taken out of everything derived.

CREATE TABLE IF NOT EXISTS forgotten (
    capture_id VARCHAR, source VARCHAR, page_date DATE, location VARCHAR, why VARCHAR, forgotten_by VARCHAR, forgotten_utc TIMESTAMP
);
COMMENT ON TABLE forgotten IS 'One row per capture that fxtrack forget has taken out of everything derived. Its row in captures stays, and its sightings in every_sighting; fxtrack forget --undo removes this row';
COMMENT ON COLUMN forgotten.capture_id IS 'The capture: every sighting of these bytes is left out, also one that comes later';
COMMENT ON COLUMN forgotten.source IS 'As captures.source when it was forgotten';
COMMENT ON COLUMN forgotten.page_date IS 'As captures.page_date when it was forgotten';
COMMENT ON COLUMN forgotten.location IS 'As captures.location when it was forgotten';
COMMENT ON COLUMN forgotten.why IS 'The reason that was given';
COMMENT ON COLUMN forgotten.forgotten_by IS 'Name of the account that ran the command';
COMMENT ON COLUMN forgotten.forgotten_utc IS 'When it was forgotten, UTC: as of an earlier moment the capture counts';

CREATE TABLE IF NOT EXISTS forgotten_snapshots (snapshot_id VARCHAR, source VARCHAR, page_date DATE, state_id VARCHAR);
COMMENT ON TABLE forgotten_snapshots IS 'One row per snapshot that only forgotten captures show: it is not in snapshots, and so in nothing derived';
COMMENT ON COLUMN forgotten_snapshots.snapshot_id IS 'As snapshots.snapshot_id; its quotes stay in snapshot_quotes';
COMMENT ON COLUMN forgotten_snapshots.source IS 'Name of the source';
COMMENT ON COLUMN forgotten_snapshots.page_date IS 'Page date, null if unknown';
COMMENT ON COLUMN forgotten_snapshots.state_id IS 'As snapshots.state_id';
