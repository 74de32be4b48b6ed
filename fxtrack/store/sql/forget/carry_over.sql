-- Adds the captures that another store of the same pages has forgotten, if this one has them and has not forgotten them.
INSERT INTO forgotten BY NAME
SELECT o.*
FROM (
    SELECT
        unnest($capture_id::VARCHAR[]) AS capture_id, unnest($source::VARCHAR[]) AS source, unnest($page_date::DATE[]) AS page_date,
        unnest($location::VARCHAR[]) AS location, unnest($why::VARCHAR[]) AS why,
        unnest($forgotten_by::VARCHAR[]) AS forgotten_by, unnest($forgotten_utc::TIMESTAMP[]) AS forgotten_utc
) o
SEMI JOIN captures c ON c.capture_id = o.capture_id
ANTI JOIN forgotten f ON f.capture_id = o.capture_id
