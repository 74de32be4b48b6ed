-- A file may hold many pages, and places that cannot be read.

ALTER TABLE files ADD COLUMN pages BIGINT;
ALTER TABLE files ADD COLUMN archive VARCHAR;
UPDATE files SET pages = 1 WHERE capture_id IS NOT NULL;
COMMENT ON COLUMN files.location IS 'Path, relative to the configuration''s folder; with #OFFSET a place in an archive';
COMMENT ON COLUMN files.capture_id IS 'The capture that the file holds, null if it could not be read or is an archive';
