-- The days on which the bases of reports are found, and where that is no more than chance.

-- Counts of cases that only one of two explanations fits. Where neither is better, each count is a matter of chance: a difference
-- of 2.6 standard deviations occurs once in 200 times, and needs at least seven cases.
CREATE OR REPLACE MACRO outweighs(these, others) AS these > others AND (these - others) * (these - others) >= 7 * (these + others);
COMMENT ON MACRO outweighs IS 'Whether two counts of contrary cases differ by more than chance: these - others is at least 2.6 standard deviations';

CREATE OR REPLACE VIEW lags AS
WITH summed AS (
    SELECT
        source, days_back, other_days_back, sum(reports)::BIGINT AS reports, sum(explained)::BIGINT AS explained,
        sum(other_explained)::BIGINT AS other_explained, sum(only_this)::BIGINT AS only_before, sum(only_other)::BIGINT AS only_after
    FROM settled_lags
    GROUP BY source, days_back, other_days_back
)
SELECT
    t.source, t.days_back, t.reports, t.explained, p.reports AS placebo_reports, p.explained AS placebo_before,
    p.other_explained AS placebo_after, p.only_before, p.only_after, outweighs(p.only_before, p.only_after) AS is_evidence
FROM summed t
LEFT JOIN summed p ON p.source = t.source AND p.days_back = t.days_back AND p.other_days_back = -t.days_back AND t.days_back > 0
WHERE t.other_days_back = t.days_back
ORDER BY t.source, t.days_back;
COMMENT ON VIEW lags IS 'One row per source and number of days back: how many of the newest informative reports a snapshot of that day explains, and as a placebo one as many days after the report, which cannot be its base. Up to 14 days, within the look-back';
COMMENT ON COLUMN lags.source IS 'Name of the source';
COMMENT ON COLUMN lags.days_back IS 'Days from the base to the report, 0 for another snapshot of the same date';
COMMENT ON COLUMN lags.reports IS 'Reports with a snapshot of that day, among those that at most a quarter of the other snapshots would explain';
COMMENT ON COLUMN lags.explained IS 'How many of these such a snapshot explains';
COMMENT ON COLUMN lags.placebo_reports IS 'How many of the reports also have a snapshot as many days after them; null for the same date';
COMMENT ON COLUMN lags.placebo_before IS 'How many of these a snapshot of the day before the report explains';
COMMENT ON COLUMN lags.placebo_after IS 'How many of these a snapshot of the day after the report explains: by chance';
COMMENT ON COLUMN lags.only_before IS 'How many of these only the day before the report explains';
COMMENT ON COLUMN lags.only_after IS 'How many of these only the day after the report explains';
COMMENT ON COLUMN lags.is_evidence IS 'True if only_before exceeds only_after by more than chance: then bases are found on that day. Null for the same date';

CREATE OR REPLACE VIEW base_policy AS
WITH counts AS (
    SELECT * FROM settled_lags
    UNION ALL
    SELECT
        source, NULL, days_back, other_days_back, sum(reports)::BIGINT, sum(explained)::BIGINT, sum(other_explained)::BIGINT,
        sum(only_this)::BIGINT, sum(only_other)::BIGINT
    FROM settled_lags GROUP BY source, days_back, other_days_back
), compared AS (
    SELECT *, outweighs(only_this, only_other) AS better FROM counts
), judged AS (
    SELECT
        source, weekday, days_back, max(reports) FILTER (other_days_back = days_back) AS reports,
        max(explained) FILTER (other_days_back = days_back) AS explained, count(*) FILTER (better) AS beaten
    FROM compared
    GROUP BY source, weekday, days_back
), best AS (
    SELECT * FROM judged
    QUALIFY row_number() OVER (PARTITION BY source, weekday ORDER BY beaten DESC, explained DESC, days_back) = 1
), rivals AS (
    -- the day that comes closest, days after the report included
    SELECT c.source, c.weekday, c.other_days_back, c.only_this, c.only_other, c.better
    FROM compared c
    JOIN best b ON b.source = c.source AND b.weekday IS NOT DISTINCT FROM c.weekday AND b.days_back = c.days_back
    WHERE c.other_days_back <> c.days_back
    QUALIFY row_number() OVER (
        PARTITION BY c.source, c.weekday
        ORDER BY c.better, (c.only_this - c.only_other) / greatest(1, sqrt(c.only_this + c.only_other)), c.other_days_back DESC
    ) = 1
)
SELECT
    b.source, b.weekday, CASE WHEN r.better THEN b.days_back END AS base_days_back,
    CASE
        WHEN r.better IS NOT TRUE THEN 'cannot be told'
        WHEN b.days_back = 0 THEN 'another state of the same date'
        WHEN b.days_back = 1 THEN 'the day before'
        ELSE b.days_back || ' days before'
    END AS policy,
    b.days_back AS best_days_back, b.reports, b.explained, r.other_days_back AS rival_days_back, r.only_this AS only_best,
    r.only_other AS only_rival
FROM best b
LEFT JOIN rivals r ON r.source = b.source AND r.weekday IS NOT DISTINCT FROM b.weekday
ORDER BY b.source, b.weekday NULLS FIRST;
COMMENT ON VIEW base_policy IS 'One row per source, and one per source and weekday, of its newest informative reports: the day whose snapshots are the base, if one day explains more of them than every other by more than chance';
COMMENT ON COLUMN base_policy.source IS 'Name of the source';
COMMENT ON COLUMN base_policy.weekday IS 'Weekday of the report''s page date, 1 for Monday to 7 for Sunday; null for all of them';
COMMENT ON COLUMN base_policy.base_days_back IS 'How many days before the report its base is captured; null if that cannot be told';
COMMENT ON COLUMN base_policy.policy IS 'The same in words, or cannot be told';
COMMENT ON COLUMN base_policy.best_days_back IS 'The day that is better than most others, told or not';
COMMENT ON COLUMN base_policy.reports IS 'Reports with a snapshot of that day';
COMMENT ON COLUMN base_policy.explained IS 'How many of these it explains';
COMMENT ON COLUMN base_policy.rival_days_back IS 'The day that comes closest; less than 0 for days after the report';
COMMENT ON COLUMN base_policy.only_best IS 'Reports with snapshots of both days that only the best day explains';
COMMENT ON COLUMN base_policy.only_rival IS 'Reports with snapshots of both days that only the rival explains';

CREATE OR REPLACE VIEW evidence_ends AS
SELECT source, max(days_back) FILTER (is_evidence) AS days_back, max(days_back) AS examined FROM lags GROUP BY source;
COMMENT ON VIEW evidence_ends IS 'A step towards deltas: one row per source with informative reports: the last day back on which bases are found more often than by chance';
COMMENT ON COLUMN evidence_ends.source IS 'Name of the source';
COMMENT ON COLUMN evidence_ends.days_back IS 'That number of days, null if there is none';
COMMENT ON COLUMN evidence_ends.examined IS 'Most days back that were examined';
