-- The longest runs of missing dates.
SELECT source, first_missing, last_missing, days FROM gaps ORDER BY days DESC, source, first_missing LIMIT 10
