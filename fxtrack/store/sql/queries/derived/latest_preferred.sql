-- The newest closes, each in the direction that people prefer; a report refers to the printed rate.
WITH turned AS (
    SELECT
        l.*, is_turned($prefer, l.source, l.pair) AS is_turned,
        split_part(l.pair, '/', 2) || '/' || split_part(l.pair, '/', 1) AS other_pair,
        units(l.rate)::HUGEINT AS u, half_tick(l.rate_decimals) AS half,
        units(l.previous_rate)::HUGEINT AS p, half_tick(l.previous_decimals) AS p_half
    FROM latest l
    WHERE $source IS NULL OR l.source = $source
), priced AS (
    SELECT
        *,
        price_round('inverse', 1::HUGEINT, u, 1000000000000000000) AS n,
        price_floor('inverse', 1::HUGEINT, u + half, 1000000000000000000) AS n_low,
        price_ceil('inverse', 1::HUGEINT, u - half, 1000000000000000000) AS n_high,
        price_round('inverse', 1::HUGEINT, p, 1000000000000000000) AS q,
        price_floor('inverse', 1::HUGEINT, p + p_half, 1000000000000000000) AS q_low,
        price_ceil('inverse', 1::HUGEINT, p - p_half, 1000000000000000000) AS q_high
    FROM turned
), counted AS (
    SELECT
        *, certain_decimals(n, n_low, n_high, clear_decimals(n_low, n_high)) AS decimals,
        certain_decimals(q, q_low, q_high, clear_decimals(q_low, q_high)) AS q_decimals
    FROM priced
)
SELECT
    source, CASE WHEN is_turned THEN other_pair ELSE pair END AS pair, page_date,
    CASE WHEN is_turned THEN atoms_text(rounded_at(n, decimals), decimals) ELSE rate_text END AS rate,
    CASE WHEN NOT is_turned THEN reported_text END AS reported, previous_date,
    CASE WHEN is_turned THEN atoms_text(rounded_at(q, q_decimals), q_decimals)
        ELSE as_printed(previous_rate, previous_decimals) END AS previous_rate,
    CASE WHEN is_turned THEN atoms_text(rounded_at(n, decimals) - rounded_at(q, q_decimals), greatest(decimals, q_decimals))
        ELSE as_printed(change, rate_decimals) END AS change,
    CASE WHEN is_turned THEN low_text(n_low, n_high) END AS rate_low,
    CASE WHEN is_turned THEN high_text(n_low, n_high) END AS rate_high,
    CASE WHEN is_turned THEN 'inverse of ' || pair END AS derived
FROM counted
ORDER BY source, pair
