-- A file may hold many pages, and places that cannot be read.

ALTER TABLE files ADD COLUMN pages BIGINT;
ALTER TABLE files ADD COLUMN archive VARCHAR;
UPDATE files SET pages = 1 WHERE capture_id IS NOT NULL;
COMMENT ON TABLE files IS 'One row per file that was looked at, so that it need not be read again, and per damaged place in an archive';
COMMENT ON COLUMN files.location IS 'Path, relative to the configuration''s folder; with #OFFSET a place in an archive';
COMMENT ON COLUMN files.capture_id IS 'The capture that the file holds, null if it could not be read or is an archive';
COMMENT ON COLUMN files.error IS 'Why the file, or what lies at this place of it, could not be read';
COMMENT ON COLUMN files.pages IS 'Pages that it held when it was read';
COMMENT ON COLUMN files.archive IS 'Of a damaged place, the archive that it is in; else null';
COMMENT ON COLUMN captures.location IS 'Where the page was found, relative to the configuration''s folder; in an archive FILE#OFFSET, where its record begins (in a file packed as a whole, an offset in what it unpacks to)';
