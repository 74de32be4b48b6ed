-- Two currencies as an index, 100 on 1 December 2025 or at the last close before.
SELECT page_date, pair, index_value, index_low, index_high FROM indexed('TJS/USD', '2025-12-01') WHERE page_date >= start_date
UNION ALL
SELECT page_date, pair, index_value, index_low, index_high FROM indexed('KGS/USD', '2025-12-01') WHERE page_date >= start_date
ORDER BY page_date, pair;
