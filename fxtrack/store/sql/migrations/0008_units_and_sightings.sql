-- Rates printed per several units, changes printed beside percentages, and pages that show several snapshots.

ALTER TABLE snapshot_quotes ADD COLUMN IF NOT EXISTS rate_unit INTEGER DEFAULT 1;
ALTER TABLE snapshot_quotes ADD COLUMN IF NOT EXISTS change_text VARCHAR;
COMMENT ON COLUMN snapshot_quotes.rate IS 'Price of rate_unit BASE in COUNTER, as printed';
COMMENT ON COLUMN snapshot_quotes.rate_unit IS 'Units of BASE that the rate is printed for, a power of ten';
COMMENT ON COLUMN snapshot_quotes.reported_change IS 'The printed absolute change in COUNTER per rate_unit BASE, alone or beside a percentage; null if none';
COMMENT ON COLUMN snapshot_quotes.change_text IS 'The absolute change printed beside a percentage, with an ASCII sign and a decimal point; null if none';

ALTER TABLE conflict_quotes ADD COLUMN IF NOT EXISTS rate_unit INTEGER DEFAULT 1;
COMMENT ON COLUMN conflict_quotes.rate IS 'Price of rate_unit BASE in COUNTER, as printed';
COMMENT ON COLUMN conflict_quotes.rate_unit IS 'Units of BASE that the rate is printed for, a power of ten';

CREATE TABLE IF NOT EXISTS further_snapshots (capture_id VARCHAR, source VARCHAR, page_date DATE, snapshot_id VARCHAR);
COMMENT ON TABLE further_snapshots IS 'One row per snapshot that a capture shows beside captures.snapshot_id: of another date, or of a source that shares the page';
COMMENT ON COLUMN further_snapshots.capture_id IS 'The capture';
COMMENT ON COLUMN further_snapshots.source IS 'Name of the source of the snapshot';
COMMENT ON COLUMN further_snapshots.page_date IS 'Page date of the snapshot, null if unknown';
COMMENT ON COLUMN further_snapshots.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN captures.source IS 'Name of the source in config.toml that takes the page; sources that share the page are in sightings';
