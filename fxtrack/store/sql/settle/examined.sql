-- The sources whose rules are tried, and the dates from which their reports count.
CREATE TEMP TABLE examined AS
SELECT
    unnest($sources::VARCHAR[]) AS source, unnest($absolute::BOOLEAN[]) AS absolute,
    unnest($lookback::INTEGER[]) AS lookback_days, unnest($since::DATE[]) AS since
