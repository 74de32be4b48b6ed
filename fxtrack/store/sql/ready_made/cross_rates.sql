-- Somoni in tenge at the end of 2025, with the range that the printed digits allow.
SELECT base, counter, rate, low, high, via, base_date, counter_date FROM cross_rate('TJS', 'KZT', '2025-12-31');
