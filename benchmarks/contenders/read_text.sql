-- Every pair and rate of all pages: how many, and the sum of the rates. Nothing is stored.
SELECT sum(len(rates))::BIGINT AS lines, sum(list_sum(rates::DECIMAL(18, 9)[])) AS rates
FROM (
    SELECT regexp_extract_all(content, '[A-Z]{3}/[A-Z]{3} = ([0-9]+\.[0-9]+)( -?[0-9.]+%)?', 1) AS rates
    FROM read_text($pages)
);
