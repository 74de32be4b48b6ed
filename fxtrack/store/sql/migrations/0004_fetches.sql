-- What is known of live pages between two visits: so that a page that did not change need not be sent again, and a site
-- is asked no more often than it wishes.

CREATE TABLE fetches (
    source VARCHAR, url VARCHAR, asked_utc TIMESTAMP, outcome VARCHAR, detail VARCHAR, not_before_utc TIMESTAMP,
    page_url VARCHAR, etag VARCHAR, last_modified VARCHAR, capture_id VARCHAR, settings_digest VARCHAR
);
COMMENT ON TABLE fetches IS 'One row per source with a live page: the last visit, and what the next one may say. A published file tells of the visit before';
COMMENT ON COLUMN fetches.source IS 'Name of the source in config.toml';
COMMENT ON COLUMN fetches.url IS 'Address that was asked for';
COMMENT ON COLUMN fetches.asked_utc IS 'When, UTC';
COMMENT ON COLUMN fetches.outcome IS 'kept (a page came), not modified, or failed';
COMMENT ON COLUMN fetches.detail IS 'What came, or why nothing did';
COMMENT ON COLUMN fetches.not_before_utc IS 'The server asked not to be asked again before, UTC; null if it did not';
COMMENT ON COLUMN fetches.page_url IS 'Address that the page came from, after redirects';
COMMENT ON COLUMN fetches.etag IS 'Validator of the last page that was stored with a ticker: its ETag; null where there is none';
COMMENT ON COLUMN fetches.last_modified IS 'Validator of that page: its Last-Modified; null where there is none';
COMMENT ON COLUMN fetches.capture_id IS 'The capture that this page is';
COMMENT ON COLUMN fetches.settings_digest IS 'SHA-256 of the tool''s version and the source''s settings that the page was read with';

CREATE TABLE robots (origin VARCHAR, asked_utc TIMESTAMP, body VARCHAR);
COMMENT ON TABLE robots IS 'One row per site: its robots.txt as last seen; it is believed for a day';
COMMENT ON COLUMN robots.origin IS 'Scheme, host and port';
COMMENT ON COLUMN robots.asked_utc IS 'When it was asked for, UTC';
COMMENT ON COLUMN robots.body IS 'Its first 500 KiB; empty where the site has none, which allows everything';
