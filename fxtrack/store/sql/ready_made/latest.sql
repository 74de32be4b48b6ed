-- The newest close of every pair, and how it moved since the captured date before.
SELECT source, pair, page_date, rate_text AS rate, reported_text AS reported, previous_date, change FROM latest;
