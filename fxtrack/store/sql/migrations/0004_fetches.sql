-- Facts about live pages that last from one visit to the next, so that unchanged pages are not sent again and sites are
-- not asked more often than they allow.

CREATE TABLE fetches (
    source VARCHAR, url VARCHAR, asked_utc TIMESTAMP, outcome VARCHAR, detail VARCHAR, not_before_utc TIMESTAMP,
    page_url VARCHAR, etag VARCHAR, last_modified VARCHAR, capture_id VARCHAR, settings_digest VARCHAR
);
COMMENT ON TABLE fetches IS 'One row per source with a live page: the last visit, and validators for the next. A published file has the previous visit';
COMMENT ON COLUMN fetches.source IS 'Name of the source in config.toml';
COMMENT ON COLUMN fetches.url IS 'Requested address';
COMMENT ON COLUMN fetches.asked_utc IS 'When it was requested, UTC';
COMMENT ON COLUMN fetches.outcome IS 'kept (a page came), not modified, or failed';
COMMENT ON COLUMN fetches.detail IS 'Size of the page, or why there is none';
COMMENT ON COLUMN fetches.not_before_utc IS 'Time before which the server wants no further request, UTC; null if it named none';
COMMENT ON COLUMN fetches.page_url IS 'Address that the page came from, after redirects';
COMMENT ON COLUMN fetches.etag IS 'Validator of the last page that was stored with a ticker: its ETag; null if none';
COMMENT ON COLUMN fetches.last_modified IS 'Validator of that page: its Last-Modified; null if none';
COMMENT ON COLUMN fetches.capture_id IS 'The capture of that page';
COMMENT ON COLUMN fetches.settings_digest IS 'SHA-256 of the tool''s version and the source''s settings that the page was read with';

CREATE TABLE robots (origin VARCHAR, asked_utc TIMESTAMP, body VARCHAR);
COMMENT ON TABLE robots IS 'One row per site: its robots.txt as last received; it is valid for a day';
COMMENT ON COLUMN robots.origin IS 'Scheme, host and port';
COMMENT ON COLUMN robots.asked_utc IS 'When it was requested, UTC';
COMMENT ON COLUMN robots.body IS 'Its first 500 KiB; empty if the site has none, which allows everything';
