-- The daily series, and which days it has.

CREATE OR REPLACE VIEW daily AS
WITH shown AS (
    SELECT snapshot_id, count(*) AS captures, max(captured_utc) AS last_captured_utc
    FROM captures WHERE snapshot_id IS NOT NULL GROUP BY snapshot_id
), stated AS (
    SELECT
        d.*, shown.captures, shown.last_captured_utc,
        -- the share of the next date's reports that have this state as a possible base; fractions of small numbers that
        -- differ do so by more than 10^-9
        coalesce(e.explained * 1000000000 // e.reports, 0) AS serves,
        count(*) OVER day AS snapshots,
        shown.last_captured_utc < max(shown.last_captured_utc) OVER day AS overtaken,
        min(d.rate) OVER day AS low_rate, max(d.rate) OVER day AS high_rate,
        arg_min(d.rate_decimals, d.rate) OVER day AS low_decimals, arg_max(d.rate_decimals, d.rate) OVER day AS high_decimals
    FROM dated_quotes d
    JOIN shown USING (snapshot_id)
    LEFT JOIN settled_bases e USING (snapshot_id)
    WINDOW day AS (PARTITION BY d.source, d.page_date, d.pair)
), ranked AS (
    -- A state that another one was captured after is not the last, whatever else holds. Of the others, the reports of the
    -- next date tell; a known time counts for more than none only where they do not.
    SELECT
        *,
        row_number() OVER best AS place,
        -- what decided: compare the first with the runner-up
        lead(overtaken) OVER best AS next_overtaken,
        lead(serves) OVER best AS next_serves,
        lead(last_captured_utc) OVER best AS next_captured_utc,
        lead(captures) OVER best AS next_captures
    FROM stated s
    WINDOW best AS (
        PARTITION BY source, page_date, s.pair
        ORDER BY
            coalesce(overtaken, false), serves DESC, last_captured_utc IS NULL, captures DESC, snapshot_id
    )
)
SELECT -- r.pair, not pair: a table macro with a parameter of that name reads this view
    r.source, r.page_date, r.pair, r.rate, r.rate_decimals, as_printed(r.rate, r.rate_decimals) AS rate_text,
    r.reported_text, snapshots, low_rate AS low, high_rate AS high, low_decimals, high_decimals, captures, r.snapshot_id,
    CASE
        WHEN snapshots = 1 THEN 'only state'
        WHEN next_overtaken THEN 'last captured'
        WHEN serves > next_serves THEN 'base of the next reports'
        WHEN last_captured_utc IS NOT NULL AND next_captured_utc IS NULL THEN 'last captured'
        WHEN captures > next_captures THEN 'most captures'
        ELSE 'tie, lowest snapshot_id'
    END AS close_rule
FROM ranked r
WHERE place = 1;
COMMENT ON VIEW daily IS 'One row per source, page date and pair: the close, the snapshot chosen to stand for that date';
COMMENT ON COLUMN daily.source IS 'Name of the source';
COMMENT ON COLUMN daily.page_date IS 'Page date';
COMMENT ON COLUMN daily.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN daily.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN daily.rate_decimals IS 'Printed digits after the decimal point';
COMMENT ON COLUMN daily.rate_text IS 'The rate with exactly its printed digits';
COMMENT ON COLUMN daily.reported_text IS 'The change that the close reports, as printed';
COMMENT ON COLUMN daily.snapshots IS 'States of the ticker seen on that date with this pair';
COMMENT ON COLUMN daily.low IS 'Lowest rate seen on that date';
COMMENT ON COLUMN daily.high IS 'Highest rate seen on that date';
COMMENT ON COLUMN daily.low_decimals IS 'Printed digits after the decimal point of low';
COMMENT ON COLUMN daily.high_decimals IS 'Printed digits after the decimal point of high';
COMMENT ON COLUMN daily.captures IS 'How many captures show the close';
COMMENT ON COLUMN daily.snapshot_id IS 'The snapshot that is the close';
COMMENT ON COLUMN daily.close_rule IS 'What made it the close: only state; last captured (of those with a known time); base of the next reports (the next captured date''s reports have it as a possible base more than any other); most captures; or a tie (then the lowest snapshot_id)';

CREATE OR REPLACE VIEW latest AS
WITH numbered AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY source, pair ORDER BY page_date DESC) AS place,
        lead(page_date) OVER (PARTITION BY source, pair ORDER BY page_date DESC) AS previous_date,
        lead(rate) OVER (PARTITION BY source, pair ORDER BY page_date DESC) AS previous_rate,
        lead(rate_decimals) OVER (PARTITION BY source, pair ORDER BY page_date DESC) AS previous_decimals
    FROM daily
)
SELECT
    source, pair, page_date, rate, rate_decimals, rate_text, reported_text,
    previous_date, previous_rate, previous_decimals, (rate - previous_rate)::DECIMAL(18, 9) AS change, snapshot_id
FROM numbered
WHERE place = 1
ORDER BY source, pair;
COMMENT ON VIEW latest IS 'One row per source and pair: the newest close';
COMMENT ON COLUMN latest.source IS 'Name of the source';
COMMENT ON COLUMN latest.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN latest.page_date IS 'Page date of the newest close';
COMMENT ON COLUMN latest.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN latest.rate_decimals IS 'Printed digits after the decimal point';
COMMENT ON COLUMN latest.rate_text IS 'The rate with exactly its printed digits';
COMMENT ON COLUMN latest.reported_text IS 'The change that it reports, as printed';
COMMENT ON COLUMN latest.previous_date IS 'Previous captured date with this pair';
COMMENT ON COLUMN latest.previous_rate IS 'Close of that date';
COMMENT ON COLUMN latest.previous_decimals IS 'Printed digits after the decimal point of previous_rate';
COMMENT ON COLUMN latest.change IS 'rate - previous_rate, in COUNTER per BASE';
COMMENT ON COLUMN latest.snapshot_id IS 'The snapshot that is the close';

CREATE OR REPLACE VIEW coverage AS
WITH span AS (
    SELECT source, min(page_date) AS first_date, max(page_date) AS last_date
    FROM captures WHERE page_date IS NOT NULL AND snapshot_id IS NOT NULL GROUP BY source
), days AS (
    SELECT source, unnest(generate_series(first_date, last_date, INTERVAL 1 DAY))::DATE AS page_date FROM span
), seen AS (
    SELECT source, page_date, count(*) AS captures, count(DISTINCT snapshot_id) AS snapshots
    FROM captures WHERE page_date IS NOT NULL AND snapshot_id IS NOT NULL GROUP BY source, page_date
)
SELECT
    d.source, d.page_date, coalesce(s.captures, 0)::BIGINT AS captures, coalesce(s.snapshots, 0)::BIGINT AS snapshots,
    s.captures IS NULL AS missing
FROM days d
LEFT JOIN seen s ON s.source = d.source AND s.page_date = d.page_date
ORDER BY d.source, d.page_date;
COMMENT ON VIEW coverage IS 'One row per source and calendar date between its first and last snapshot: is it captured or missing';
COMMENT ON COLUMN coverage.source IS 'Name of the source';
COMMENT ON COLUMN coverage.page_date IS 'Calendar date';
COMMENT ON COLUMN coverage.captures IS 'Captures with a snapshot of that date';
COMMENT ON COLUMN coverage.snapshots IS 'Different states of the ticker seen on that date';
COMMENT ON COLUMN coverage.missing IS 'True where there is none';

CREATE OR REPLACE VIEW gaps AS
WITH grouped AS (
    -- within a run of missing days, date less running number is constant
    SELECT source, page_date, page_date - (row_number() OVER (PARTITION BY source ORDER BY page_date))::INTEGER AS run
    FROM coverage WHERE missing
)
SELECT source, min(page_date) AS first_missing, max(page_date) AS last_missing, count(*) AS days
FROM grouped GROUP BY source, run
ORDER BY source, first_missing;
COMMENT ON VIEW gaps IS 'One row per run of missing dates in coverage';
COMMENT ON COLUMN gaps.source IS 'Name of the source';
COMMENT ON COLUMN gaps.first_missing IS 'First date without a snapshot';
COMMENT ON COLUMN gaps.last_missing IS 'Last date without a snapshot';
COMMENT ON COLUMN gaps.days IS 'How many days';

CREATE OR REPLACE VIEW undated AS
SELECT
    u.snapshot_id, u.source, c.captures,
    min(d.page_date) AS earliest_date, max(d.page_date) AS latest_date, count(d.page_date) AS matching_dates
FROM snapshots u
JOIN (SELECT snapshot_id, count(*) AS captures FROM captures GROUP BY snapshot_id) c ON c.snapshot_id = u.snapshot_id
LEFT JOIN snapshots d ON d.state_id = u.state_id AND d.source = u.source AND d.page_date IS NOT NULL
WHERE u.page_date IS NULL
GROUP BY u.snapshot_id, u.source, c.captures
ORDER BY u.source, earliest_date, u.snapshot_id;
COMMENT ON VIEW undated IS 'One row per snapshot without a date: the range of dates on which dated snapshots show the same state. A range, never a date to use';
COMMENT ON COLUMN undated.snapshot_id IS 'The snapshot; its quotes are in quotes, with page_date null';
COMMENT ON COLUMN undated.source IS 'Name of the source';
COMMENT ON COLUMN undated.captures IS 'How many captures show it';
COMMENT ON COLUMN undated.earliest_date IS 'First date on which this very state was seen, null if on none';
COMMENT ON COLUMN undated.latest_date IS 'Last date on which this very state was seen';
COMMENT ON COLUMN undated.matching_dates IS 'On how many dates it was seen';
