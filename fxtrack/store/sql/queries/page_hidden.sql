-- The newest dates on which a rate surely moved and the page reports no change, and the number of all.
SELECT
    h.source, h.pair, h.page_date, as_printed(h.rate, h.rate_decimals) AS rate_text,
    as_printed(h.previous_rate, h.previous_decimals) AS previous_text,
    h.reported_text, h.change_pct, h.change_pct_low, h.change_pct_high, h.hidden_move_pct, count(*) OVER () AS of_all
FROM hidden_moves h
ORDER BY h.page_date DESC, h.hidden_move_pct DESC, h.source, h.pair
LIMIT 10
