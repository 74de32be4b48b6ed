-- Snapshots without a date, their quotes, and the range of dates with the same state, empty if there is none.
SELECT u.snapshot_id, u.captures, u.earliest_date, u.latest_date, string_agg(q.pair || ' ' || q.rate_text, ', ' ORDER BY q.pair) AS quotes
FROM undated u
JOIN quotes q USING (snapshot_id)
GROUP BY ALL
ORDER BY u.earliest_date NULLS LAST, u.snapshot_id;
