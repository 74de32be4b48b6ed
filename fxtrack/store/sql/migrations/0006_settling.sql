-- Changes since the last recomputing, so that only reports that depend on them are recomputed.

CREATE TABLE unsettled (snapshot_id VARCHAR, source VARCHAR, page_date DATE);
COMMENT ON TABLE unsettled IS 'One row per dated snapshot that gained or lost captures since reports were last recomputed; always empty in a published file';
COMMENT ON COLUMN unsettled.snapshot_id IS 'The snapshot, which may be deleted by now';
COMMENT ON COLUMN unsettled.source IS 'Name of the source';
COMMENT ON COLUMN unsettled.page_date IS 'Page date';

ALTER TABLE store_info ADD COLUMN traced_generation BIGINT;
COMMENT ON COLUMN store_info.traced_generation IS 'The generation up to which unsettled lists all changes; if it is not the current generation, everything has to be recomputed';
UPDATE store_info SET traced_generation = settled_generation;
