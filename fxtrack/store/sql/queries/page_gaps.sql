-- The longest runs of missing dates.
SELECT source, pair, first_missing, last_missing, days FROM gaps ORDER BY days DESC, source, first_missing, pair LIMIT 10
