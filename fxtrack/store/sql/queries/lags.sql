FROM lags
WHERE ($source IS NULL OR source = $source)
ORDER BY source, days_back
