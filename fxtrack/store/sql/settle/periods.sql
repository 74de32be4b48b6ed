-- The periods of each source in `examined`: from one date to another, which belongs to the next.
CREATE OR REPLACE TEMP TABLE periods AS
SELECT
    unnest($sources::VARCHAR[]) AS source, unnest($period::INTEGER[]) AS period, unnest($from::DATE[]) AS valid_from,
    unnest($to::DATE[]) AS valid_to
