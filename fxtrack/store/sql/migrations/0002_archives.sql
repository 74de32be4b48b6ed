-- A file may hold many pages, and places that cannot be read.

ALTER TABLE files ADD COLUMN pages BIGINT;
ALTER TABLE files ADD COLUMN archive VARCHAR;
UPDATE files SET pages = 1 WHERE capture_id IS NOT NULL;
COMMENT ON TABLE files IS 'One row per file that was read, so that it is not read again, and per damaged place in an archive';
COMMENT ON COLUMN files.location IS 'Path, relative to the configuration''s folder; with #OFFSET a place in an archive';
COMMENT ON COLUMN files.capture_id IS 'The capture that the file holds, null if it could not be read or is an archive';
COMMENT ON COLUMN files.error IS 'Why the file, or the record at this place of it, could not be read';
COMMENT ON COLUMN files.pages IS 'Number of pages in the file when it was read';
COMMENT ON COLUMN files.archive IS 'The archive of a damaged place; null for a file';
COMMENT ON COLUMN captures.location IS 'Where the page was found, relative to the configuration''s folder; in an archive FILE#OFFSET, the start of its record (in a file packed as a whole, an offset in its unpacked content)';
