-- Facts about live pages that last from one visit to the next, so that unchanged pages are not sent again and sites are
-- not asked more often than they allow.

CREATE TABLE fetches (
    source VARCHAR, url VARCHAR, asked_utc TIMESTAMP, outcome VARCHAR, detail VARCHAR, not_before_utc TIMESTAMP,
    page_url VARCHAR, etag VARCHAR, last_modified VARCHAR, capture_id VARCHAR, settings_digest VARCHAR
);
COMMENT ON COLUMN fetches.source IS 'Name of the source in config.toml';
COMMENT ON COLUMN fetches.outcome IS 'kept (a page came), not modified, or failed';
COMMENT ON COLUMN fetches.page_url IS 'Address that the page came from, after redirects';
COMMENT ON COLUMN fetches.settings_digest IS 'SHA-256 of the tool''s version and the source''s settings that the page was read with';

CREATE TABLE robots (origin VARCHAR, asked_utc TIMESTAMP, body VARCHAR);
COMMENT ON COLUMN robots.origin IS 'Scheme, host and port';
