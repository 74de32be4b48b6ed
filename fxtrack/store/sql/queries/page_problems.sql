-- The newest problems of each kind, and the number of each kind.
SELECT problem, source, page_date, location, detail, count(*) OVER (PARTITION BY problem) AS of_kind
FROM problems
QUALIFY row_number() OVER (PARTITION BY problem ORDER BY page_date DESC NULLS LAST, location, detail) <= 10
ORDER BY problem, page_date DESC NULLS LAST, location, detail
