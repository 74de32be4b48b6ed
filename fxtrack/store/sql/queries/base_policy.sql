FROM base_policy
WHERE ($source IS NULL OR source = $source)
ORDER BY source, weekday NULLS FIRST
