-- The daily series, and its captured and missing days.

CREATE OR REPLACE VIEW ranked_states AS
WITH shown AS (
    -- by source as well, so that a query for one source reads only its captures
    SELECT
        source, snapshot_id, count(*) FILTER (NOT again) AS captures,
        max(captured_utc) FILTER (NOT is_late(captured_utc, page_date)) AS last_captured_utc,
        bool_and(is_late(captured_utc, page_date)) AS late, min(captured_utc) AS first_captured_utc
    FROM sightings GROUP BY source, snapshot_id
), stated AS (
    SELECT
        s.source, s.page_date, s.snapshot_id, shown.captures, shown.last_captured_utc, shown.late,
        CASE WHEN shown.late THEN shown.first_captured_utc END AS late_utc,
        -- the share of the next date's reports that have this state as a possible base; fractions of small numbers that
        -- differ do so by more than 10^-9
        coalesce(e.explained * 1000000000 // e.reports, 0) AS serves
    FROM snapshots s
    JOIN shown USING (source, snapshot_id)
    LEFT JOIN settled_bases e USING (snapshot_id)
    WHERE s.page_date IS NOT NULL
)
-- A state with a later capture of another one is never the last. The reports of the next date decide among the others; a
-- known time ranks above none only where they do not decide. A state that was only captured days after its date stands for
-- the date where no other does: the one captured soonest.
SELECT
    *,
    row_number() OVER (
        PARTITION BY source, page_date
        ORDER BY late_utc NULLS FIRST, serves DESC, last_captured_utc IS NULL, captures DESC, snapshot_id
    ) AS place,
    CASE WHEN last_captured_utc IS NOT NULL THEN row_number() OVER (
        PARTITION BY source, page_date
        ORDER BY last_captured_utc DESC NULLS LAST, serves DESC, captures DESC, snapshot_id
    ) END AS recency
FROM stated;
COMMENT ON VIEW ranked_states IS 'A step towards closes: one row per dated snapshot, in its place among those of its date. Once for all its pairs: nothing here depends on the pair';
COMMENT ON COLUMN ranked_states.source IS 'Name of the source';
COMMENT ON COLUMN ranked_states.page_date IS 'Page date';
COMMENT ON COLUMN ranked_states.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN ranked_states.captures IS 'How many captures show it';
COMMENT ON COLUMN ranked_states.last_captured_utc IS 'Latest known time of a sighting up to the day after the page date, UTC; null if none is known';
COMMENT ON COLUMN ranked_states.late IS 'True if every sighting has a known time later than the day after the page date';
COMMENT ON COLUMN ranked_states.late_utc IS 'Time of the first of these sightings, null unless late';
COMMENT ON COLUMN ranked_states.serves IS 'Share of the next captured date''s reports that have it as a possible base, in billionths';
COMMENT ON COLUMN ranked_states.place IS 'Place among the snapshots of its date, 1 for the best, as if none were overtaken';
COMMENT ON COLUMN ranked_states.recency IS 'Place among those with a known time, 1 for the latest, of one time the best; null without';

CREATE OR REPLACE VIEW closes AS
WITH states AS (
    FROM ranked_states
), best AS (
    -- Overtaken states depend on the pair: only states that list it count. States without a time are never overtaken; of
    -- those with one, all but the latest are.
    SELECT
        s.source, s.page_date, q.pair, count(*) AS snapshots, max(s.last_captured_utc) AS last_captured_utc,
        min(q.rate) AS low, max(q.rate) AS high,
        arg_min(q.rate_decimals, q.rate) AS low_decimals, arg_max(q.rate_decimals, q.rate) AS high_decimals,
        least(
            min(s.place) FILTER (s.recency IS NULL), arg_min(s.place, s.recency) FILTER (s.recency IS NOT NULL)
        ) AS first_place,
        -- an outlier is the close only where all states of the date are
        coalesce(least(
            min(s.place) FILTER (s.recency IS NULL AND o.snapshot_id IS NULL),
            arg_min(s.place, s.recency) FILTER (s.recency IS NOT NULL AND o.snapshot_id IS NULL)
        ), first_place) AS place
    FROM priced_quotes q
    JOIN states s USING (snapshot_id)
    LEFT JOIN settled_outliers o ON o.snapshot_id = q.snapshot_id AND o.pair = q.pair
    GROUP BY s.source, s.page_date, q.pair
)
SELECT -- q.pair, not pair: a table macro with a parameter of that name reads this view
    b.source, b.page_date, q.pair, q.rate, q.rate_decimals, as_printed(q.rate, q.rate_decimals) AS rate_text,
    q.reported_text, b.snapshots, b.low, b.high, b.low_decimals, b.high_decimals, s.captures, s.snapshot_id,
    b.last_captured_utc, s.recency IS NOT NULL AS timed, s.late, s.serves, b.place,
    b.place <> b.first_place AS passed_over
FROM best b
JOIN states s ON s.source = b.source AND s.page_date = b.page_date AND s.place = b.place
JOIN priced_quotes q ON q.snapshot_id = s.snapshot_id AND q.pair = b.pair;
COMMENT ON VIEW closes IS 'A step towards daily: one row per source, page date and pair, without close_rule, which takes as long again';
COMMENT ON COLUMN closes.source IS 'Name of the source';
COMMENT ON COLUMN closes.page_date IS 'Page date';
COMMENT ON COLUMN closes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN closes.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN closes.rate_decimals IS 'Decimals that the printed digits give: those printed, and more where the rate is printed for several units';
COMMENT ON COLUMN closes.rate_text IS 'The rate with exactly the digits that are printed of it';
COMMENT ON COLUMN closes.reported_text IS 'The change that the close reports, as printed';
COMMENT ON COLUMN closes.snapshots IS 'States of the ticker seen on that date with this pair';
COMMENT ON COLUMN closes.low IS 'Lowest rate seen on that date';
COMMENT ON COLUMN closes.high IS 'Highest rate seen on that date';
COMMENT ON COLUMN closes.low_decimals IS 'Decimals that the printed digits give of low';
COMMENT ON COLUMN closes.high_decimals IS 'Decimals that the printed digits give of high';
COMMENT ON COLUMN closes.captures IS 'How many captures show the close';
COMMENT ON COLUMN closes.snapshot_id IS 'The snapshot that is the close';
COMMENT ON COLUMN closes.last_captured_utc IS 'Latest known time of a sighting with this pair, up to the day after the page date, UTC; null if none is known';
COMMENT ON COLUMN closes.timed IS 'Whether the close has a sighting with a known time up to the day after the page date';
COMMENT ON COLUMN closes.late IS 'Whether every sighting of the close is later than that';
COMMENT ON COLUMN closes.serves IS 'Share of the next captured date''s reports that have the close as a possible base, in billionths';
COMMENT ON COLUMN closes.passed_over IS 'Whether another state would be the close if its rate were not an outlier';
COMMENT ON COLUMN closes.place IS 'Place of the close among the snapshots of its date, as in ranked_states';

CREATE OR REPLACE VIEW daily AS
WITH runner_up AS (
    SELECT
        c.source, c.page_date, c.pair, arg_min(s.serves, s.place) AS serves, arg_min(s.captures, s.place) AS captures,
        arg_min(s.recency IS NOT NULL, s.place) AS timed
    FROM closes c
    JOIN ranked_states s ON s.source = c.source AND s.page_date = c.page_date AND s.place > c.place
    JOIN snapshot_quotes q ON q.snapshot_id = s.snapshot_id AND q.pair = c.pair
    WHERE NOT s.late AND (s.recency IS NULL OR s.last_captured_utc = c.last_captured_utc) -- not overtaken
    GROUP BY c.source, c.page_date, c.pair
)
SELECT
    c.source, c.page_date, c.pair, c.rate, c.rate_decimals, c.rate_text, c.reported_text, c.snapshots,
    c.low AS lowest, c.high AS highest, c.low_decimals AS lowest_decimals, c.high_decimals AS highest_decimals,
    c.low, c.high, c.low_decimals, c.high_decimals, c.captures, c.snapshot_id,
    CASE -- what decided: compare the first with the runner-up
        WHEN c.passed_over THEN 'not an outlier'
        WHEN c.late THEN 'captured later'
        WHEN c.snapshots = 1 THEN 'only state'
        WHEN r.serves IS NULL AND NOT c.timed THEN 'others captured later'
        WHEN r.serves IS NULL THEN 'last captured'
        WHEN c.serves > r.serves THEN 'base of the next reports'
        WHEN c.timed AND NOT r.timed THEN 'last captured'
        WHEN c.captures > r.captures THEN 'most captures'
        ELSE 'tie, lowest snapshot_id'
    END AS close_rule
FROM closes c
LEFT JOIN runner_up r ON r.source = c.source AND r.page_date = c.page_date AND r.pair = c.pair;
COMMENT ON VIEW daily IS 'One row per source, page date and pair: the close, the snapshot chosen to stand for that date';
COMMENT ON COLUMN daily.source IS 'Name of the source';
COMMENT ON COLUMN daily.page_date IS 'Page date';
COMMENT ON COLUMN daily.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN daily.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN daily.rate_decimals IS 'Decimals that the printed digits give: those printed, and more where the rate is printed for several units';
COMMENT ON COLUMN daily.rate_text IS 'The rate with exactly the digits that are printed of it';
COMMENT ON COLUMN daily.reported_text IS 'The change that the close reports, as printed';
COMMENT ON COLUMN daily.snapshots IS 'States of the ticker seen on that date with this pair';
COMMENT ON COLUMN daily.lowest IS 'Lowest rate seen on that date';
COMMENT ON COLUMN daily.highest IS 'Highest rate seen on that date';
COMMENT ON COLUMN daily.lowest_decimals IS 'Decimals that the printed digits give of lowest';
COMMENT ON COLUMN daily.highest_decimals IS 'Decimals that the printed digits give of highest';
COMMENT ON COLUMN daily.low IS 'Earlier name of lowest, kept for one version';
COMMENT ON COLUMN daily.high IS 'Earlier name of highest, kept for one version';
COMMENT ON COLUMN daily.low_decimals IS 'Earlier name of lowest_decimals, kept for one version';
COMMENT ON COLUMN daily.high_decimals IS 'Earlier name of highest_decimals, kept for one version';
COMMENT ON COLUMN daily.captures IS 'How many captures show the close';
COMMENT ON COLUMN daily.snapshot_id IS 'The snapshot that is the close';
COMMENT ON COLUMN daily.close_rule IS 'The reason for the choice of the close: not an outlier (another state would be the close, but its rate is far from that of the neighbouring dates, as in problems); captured later (every sighting is later than the day after the page date, UTC; of several states, the one captured soonest); only state; others captured later (all other states of the date were); last captured (of those with a known time up to the day after the page date); base of the next reports (the next captured date''s reports have it as a possible base more than any other); most captures; or a tie (then the lowest snapshot_id)';

CREATE OR REPLACE VIEW latest AS
WITH numbered AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY source, pair ORDER BY page_date DESC) AS nth_newest,
        lead(page_date) OVER (PARTITION BY source, pair ORDER BY page_date DESC) AS previous_date,
        lead(rate) OVER (PARTITION BY source, pair ORDER BY page_date DESC) AS previous_rate,
        lead(rate_decimals) OVER (PARTITION BY source, pair ORDER BY page_date DESC) AS previous_decimals
    FROM closes
)
SELECT
    source, pair, page_date, rate, rate_decimals, rate_text, reported_text,
    previous_date, previous_rate, previous_decimals, (rate - previous_rate)::DECIMAL(18, 9) AS change, snapshot_id,
    max(page_date) OVER (PARTITION BY source) - page_date AS days_behind
FROM numbered
WHERE nth_newest = 1
ORDER BY source, pair;
COMMENT ON VIEW latest IS 'One row per source and pair: the newest close';
COMMENT ON COLUMN latest.source IS 'Name of the source';
COMMENT ON COLUMN latest.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN latest.page_date IS 'Page date of the newest close';
COMMENT ON COLUMN latest.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN latest.rate_decimals IS 'Decimals that the printed digits give: those printed, and more where the rate is printed for several units';
COMMENT ON COLUMN latest.rate_text IS 'The rate with exactly the digits that are printed of it';
COMMENT ON COLUMN latest.reported_text IS 'The change that it reports, as printed';
COMMENT ON COLUMN latest.previous_date IS 'Previous captured date with this pair';
COMMENT ON COLUMN latest.previous_rate IS 'Close of that date';
COMMENT ON COLUMN latest.previous_decimals IS 'Decimals that the printed digits give of previous_rate';
COMMENT ON COLUMN latest.change IS 'rate - previous_rate, in COUNTER per BASE';
COMMENT ON COLUMN latest.snapshot_id IS 'The snapshot that is the close';
COMMENT ON COLUMN latest.days_behind IS 'How old it is: days from page_date to the newest page date of the source; more than 0 where the source no longer shows the pair';

CREATE OR REPLACE VIEW coverage AS
WITH span AS (
    SELECT source, min(page_date) AS first_date, max(page_date) AS last_date
    FROM sightings WHERE page_date IS NOT NULL GROUP BY source
), days AS (
    SELECT source, unnest(generate_series(first_date, last_date, INTERVAL 1 DAY))::DATE AS page_date FROM span
), seen AS (
    SELECT source, page_date, count(*) FILTER (NOT again) AS captures, count(DISTINCT snapshot_id) AS snapshots
    FROM sightings WHERE page_date IS NOT NULL GROUP BY source, page_date
)
SELECT
    d.source, d.page_date, coalesce(s.captures, 0)::BIGINT AS captures, coalesce(s.snapshots, 0)::BIGINT AS snapshots,
    s.captures IS NULL AS missing, t.source IS NOT NULL AND s.captures IS NOT NULL AS stands_still,
    a.pairs AS missing_pairs
FROM days d
LEFT JOIN seen s ON s.source = d.source AND s.page_date = d.page_date
LEFT JOIN standing t ON t.source = d.source AND d.page_date BETWEEN t.first_date AND t.last_date
LEFT JOIN (
    SELECT b.source, b.page_date, list(b.pair ORDER BY b.pair) AS pairs FROM absent_pairs b GROUP BY b.source, b.page_date
) a ON a.source = d.source AND a.page_date = d.page_date
ORDER BY d.source, d.page_date;
COMMENT ON VIEW coverage IS 'One row per source and calendar date between its first and last snapshot: captured or missing';
COMMENT ON COLUMN coverage.source IS 'Name of the source';
COMMENT ON COLUMN coverage.page_date IS 'Calendar date';
COMMENT ON COLUMN coverage.captures IS 'Captures with a snapshot of that date';
COMMENT ON COLUMN coverage.snapshots IS 'Different states of the ticker seen on that date';
COMMENT ON COLUMN coverage.missing IS 'True where there is none';
COMMENT ON COLUMN coverage.missing_pairs IS 'Of a captured date: pairs that the source has shown before and does not show; null if none';
COMMENT ON COLUMN coverage.stands_still IS 'True where the ticker only repeats the previous captured date, reports included, as in standing';

CREATE OR REPLACE VIEW gaps AS
WITH dates AS (
    -- not from coverage, which says more of each day than is needed here
    SELECT source, page_date, lag(page_date) OVER (PARTITION BY source ORDER BY page_date) AS previous_date
    FROM sightings WHERE page_date IS NOT NULL GROUP BY source, page_date
), vanished AS (
    SELECT *, nth - row_number() OVER (PARTITION BY source, pair ORDER BY nth) AS run FROM absent_pairs
)
SELECT
    source, previous_date + 1 AS first_missing, page_date - 1 AS last_missing, page_date - previous_date - 1 AS days, NULL AS pair
FROM dates WHERE page_date - previous_date > 1
UNION ALL
SELECT source, min(page_date), max(page_date), count(*), pair
FROM vanished GROUP BY source, pair, run
ORDER BY source, first_missing, pair NULLS FIRST;
COMMENT ON VIEW gaps IS 'One row per run of missing dates in coverage, and per run of captured dates that lack a pair which the source has shown before';
COMMENT ON COLUMN gaps.source IS 'Name of the source';
COMMENT ON COLUMN gaps.first_missing IS 'First date without a snapshot, or without the pair';
COMMENT ON COLUMN gaps.last_missing IS 'Last date without a snapshot, or without the pair';
COMMENT ON COLUMN gaps.days IS 'How many days; with a pair, how many captured dates';
COMMENT ON COLUMN gaps.pair IS 'The missing pair; null where the source itself has no snapshot';

CREATE OR REPLACE VIEW undated AS
SELECT
    u.snapshot_id, u.source, c.captures,
    min(d.page_date) AS earliest_date, max(d.page_date) AS latest_date, count(d.page_date) AS matching_dates
FROM snapshots u
JOIN (SELECT snapshot_id, count(*) FILTER (NOT again) AS captures FROM sightings GROUP BY snapshot_id) c ON c.snapshot_id = u.snapshot_id
LEFT JOIN snapshots d ON d.state_id = u.state_id AND d.source = u.source AND d.page_date IS NOT NULL
WHERE u.page_date IS NULL
GROUP BY u.snapshot_id, u.source, c.captures
ORDER BY u.source, earliest_date, u.snapshot_id;
COMMENT ON VIEW undated IS 'One row per snapshot without a date: the range of dates on which dated snapshots show the same state. A range, never a date to use';
COMMENT ON COLUMN undated.snapshot_id IS 'The snapshot; its quotes are in quotes, with page_date null';
COMMENT ON COLUMN undated.source IS 'Name of the source';
COMMENT ON COLUMN undated.captures IS 'How many captures show it';
COMMENT ON COLUMN undated.earliest_date IS 'First date on which the same state was seen, null if on none';
COMMENT ON COLUMN undated.latest_date IS 'Last date on which the same state was seen';
COMMENT ON COLUMN undated.matching_dates IS 'Number of dates on which it was seen';
