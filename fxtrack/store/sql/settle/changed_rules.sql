-- All dates of $sources, since their rules or look-back changed.
INSERT INTO changed
SELECT DISTINCT source, page_date FROM snapshots WHERE page_date IS NOT NULL AND list_contains($sources, source)
