-- What changed since the reports were last settled, so that only what depends on it need be settled again.

CREATE TABLE unsettled (snapshot_id VARCHAR, source VARCHAR, page_date DATE);
COMMENT ON TABLE unsettled IS 'One row per dated snapshot that captures were added to or taken from since the reports were last settled; of a published file always empty';
COMMENT ON COLUMN unsettled.snapshot_id IS 'The snapshot, whether it is there still or not';
COMMENT ON COLUMN unsettled.source IS 'Name of the source';
COMMENT ON COLUMN unsettled.page_date IS 'Page date';

ALTER TABLE store_info ADD COLUMN traced_generation BIGINT;
COMMENT ON COLUMN store_info.traced_generation IS 'The generation that unsettled leads up to; where it is not the generation in force, something else changed as well, and everything has to be settled again';
UPDATE store_info SET traced_generation = settled_generation;
