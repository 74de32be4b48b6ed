-- Rates that surely moved while the page reported no change.

CREATE OR REPLACE VIEW hidden_moves AS
WITH counted AS (
    SELECT c.*, count(*) OVER state AS snapshots, row_number() OVER (state ORDER BY c.hidden_move_pct DESC, c.snapshot_id) AS place
    FROM compared_moves c
    WHERE c.hidden_move_pct IS NOT NULL
    WINDOW state AS (PARTITION BY c.source, c.page_date, c.pair)
)
SELECT
    source, page_date, pair, snapshot_id, rate, rate_decimals, previous_date, previous_rate, previous_decimals,
    change_pct, change_pct_low, change_pct_high, hidden_move_pct, reported_text, verdict, snapshots
FROM counted
WHERE place = 1;
COMMENT ON VIEW hidden_moves IS 'One row per source, page date and pair whose rate surely moved since the day before, by its printed digits, while the page reports no change. Of several such snapshots of a date, the one that moved most. A state that the previous captured date shows too is left out';
COMMENT ON COLUMN hidden_moves.source IS 'Name of the source';
COMMENT ON COLUMN hidden_moves.page_date IS 'Page date';
COMMENT ON COLUMN hidden_moves.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN hidden_moves.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN hidden_moves.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN hidden_moves.rate_decimals IS 'Decimals that the printed digits give';
COMMENT ON COLUMN hidden_moves.previous_date IS 'The day before';
COMMENT ON COLUMN hidden_moves.previous_rate IS 'Its close';
COMMENT ON COLUMN hidden_moves.previous_decimals IS 'Printed digits after the decimal point of previous_rate';
COMMENT ON COLUMN hidden_moves.change_pct IS 'Computed change, percent, rounded to 6 decimals';
COMMENT ON COLUMN hidden_moves.change_pct_low IS 'Least percent change that the printed digits of both rates allow, rounded down';
COMMENT ON COLUMN hidden_moves.change_pct_high IS 'Greatest percent change that the printed digits of both rates allow, rounded up';
COMMENT ON COLUMN hidden_moves.hidden_move_pct IS 'Size of the move, percent, that the printed digits of both rates leave at the least, rounded down; always above zero';
COMMENT ON COLUMN hidden_moves.reported_text IS 'The reported change as printed: a zero';
COMMENT ON COLUMN hidden_moves.verdict IS 'Of the report, as in deltas';
COMMENT ON COLUMN hidden_moves.snapshots IS 'How many snapshots of the date hide a move of the pair';
