-- The daily series as changes.

CREATE OR REPLACE VIEW changes AS
SELECT
    d.source, d.page_date, d.pair, d.rate, d.rate_decimals, d.previous_date, d.previous_rate, d.previous_decimals,
    d.gap_days, d.change, d.change_pct, d.change_pct_low, d.change_pct_high, d.snapshot_id
FROM compared d
WHERE d.is_close;
COMMENT ON VIEW changes IS 'One row per source, page date and pair: the change from close to close. Other states of a date are in deltas';
COMMENT ON COLUMN changes.source IS 'Name of the source';
COMMENT ON COLUMN changes.page_date IS 'Page date';
COMMENT ON COLUMN changes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN changes.rate IS 'The close: price of 1 BASE in COUNTER';
COMMENT ON COLUMN changes.rate_decimals IS 'Printed digits after the decimal point';
COMMENT ON COLUMN changes.previous_date IS 'The previous captured date with this pair; null for the first';
COMMENT ON COLUMN changes.previous_rate IS 'Its close';
COMMENT ON COLUMN changes.previous_decimals IS 'Printed digits after the decimal point of previous_rate';
COMMENT ON COLUMN changes.gap_days IS 'Days from previous_date to page_date';
COMMENT ON COLUMN changes.change IS 'rate less previous_rate';
COMMENT ON COLUMN changes.change_pct IS 'The change in percent of previous_rate';
COMMENT ON COLUMN changes.change_pct_low IS 'Smallest change in percent that the printed digits of both rates allow';
COMMENT ON COLUMN changes.change_pct_high IS 'Largest change in percent that the printed digits of both rates allow';
COMMENT ON COLUMN changes.snapshot_id IS 'The snapshot that is the close';
