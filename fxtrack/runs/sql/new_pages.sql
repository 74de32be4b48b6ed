-- The sources of this run's new pages, and how many there are of each. Pages without text do not count.
SELECT source, count(*) FROM captures
WHERE ingested_utc = $now AND outcome <> 'unreadable'
GROUP BY source
ORDER BY source
