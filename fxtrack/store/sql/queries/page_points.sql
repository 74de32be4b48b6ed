-- Each dated state of each pair with its computed change, the verdict on its report, and a page that shows it; of a close also
-- how many states its date has, and their range.
WITH pages AS (
    SELECT
        s.snapshot_id, count(*) AS captures,
        arg_min(s.location, (s.captured_utc IS NULL, s.captured_utc, s.location)) AS location
    FROM sightings s GROUP BY s.snapshot_id
)
SELECT
    d.source, d.pair, d.page_date, d.snapshot_id, as_printed(d.rate, d.rate_decimals) AS rate_text,
    concat_ws(' ', d.reported_text, d.change_text) AS reported_text, d.gap_days,
    d.change_pct, d.change_pct_low, d.change_pct_high, d.verdict, d.page_date - d.base_date AS base_days,
    p.location, p.captures, c.snapshots,
    as_printed(c.low, c.low_decimals) AS lowest_text, as_printed(c.high, c.high_decimals) AS highest_text,
    d.hidden_move_pct
FROM compared_moves d
JOIN pages p ON p.snapshot_id = d.snapshot_id
LEFT JOIN closes c
    ON c.source = d.source AND c.page_date = d.page_date AND c.pair = d.pair AND c.snapshot_id = d.snapshot_id
ORDER BY d.source, d.pair, d.page_date, d.snapshot_id
