SELECT source, rate_date AS page_date, * EXCLUDE (source, rate_date) FROM rate_changes($pair)
QUALIFY row_number() OVER (PARTITION BY source ORDER BY rate_date DESC) = 1
