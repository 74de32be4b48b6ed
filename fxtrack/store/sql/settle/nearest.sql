-- `found`: the reports in `bounds` that a snapshot explains, and the date of the nearest one, as in explanations. Most reports
-- have their base on the same date or the day before: only the others are tested on the whole look-back.
CREATE OR REPLACE TEMP VIEW report_bounds AS SELECT * REPLACE (least(lookback_days, 1) AS lookback_days) FROM bounds;
CREATE OR REPLACE TEMP TABLE found AS FROM explanations;
CREATE OR REPLACE TEMP TABLE not_found AS
SELECT b.*
FROM bounds b
ANTI JOIN found f
    ON f.source = b.source AND f.page_date = b.page_date AND f.pair = b.pair
    AND f.low = b.low AND f.high = b.high AND f.reported_text = b.reported_text
    AND f.change_decimals IS NOT DISTINCT FROM b.change_decimals AND f.pct_decimals IS NOT DISTINCT FROM b.pct_decimals
    AND f.rounding_mode = b.rounding_mode;
CREATE OR REPLACE TEMP VIEW report_bounds AS FROM not_found;
INSERT INTO found FROM explanations;
CREATE OR REPLACE TEMP VIEW report_bounds AS FROM bounds;
