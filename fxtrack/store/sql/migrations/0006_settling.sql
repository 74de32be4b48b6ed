-- Changes since the last recomputing, so that only reports that depend on them are recomputed.

CREATE TABLE unsettled (snapshot_id VARCHAR, source VARCHAR, page_date DATE);
COMMENT ON COLUMN unsettled.source IS 'Name of the source';
COMMENT ON COLUMN unsettled.page_date IS 'Page date';

ALTER TABLE store_info ADD COLUMN traced_generation BIGINT;
UPDATE store_info SET traced_generation = settled_generation;
