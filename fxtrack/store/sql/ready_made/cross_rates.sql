-- Somoni in tenge at the end of 2025, with the range that the printed digits allow.
SELECT base_currency, quote_currency, rate, rate_low, rate_high, derived, base_rate_date, quote_rate_date FROM cross_rate('TJS', 'KZT', '2025-12-31');
