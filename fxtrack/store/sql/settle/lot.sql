-- The dates of one lot.
CREATE OR REPLACE TEMP TABLE lot AS
SELECT
    unnest($sources::VARCHAR[]) AS source, unnest($dates::DATE[]) AS page_date, unnest($reports::BOOLEAN[]) AS reports,
    unnest($bases::BOOLEAN[]) AS bases
