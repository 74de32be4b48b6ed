SELECT source, rate_date AS page_date, * EXCLUDE (source, rate_date) FROM rate_changes($pair)
