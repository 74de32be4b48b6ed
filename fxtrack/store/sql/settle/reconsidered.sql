-- The dates whose neighbours within neighbour_days() days may have changed.
CREATE TEMP TABLE reconsidered AS
SELECT DISTINCT s.source, s.page_date
FROM (SELECT DISTINCT source, page_date FROM snapshots WHERE page_date IS NOT NULL) s
ASOF LEFT JOIN changed b ON b.source = s.source AND b.page_date <= s.page_date
ASOF LEFT JOIN changed a ON a.source = s.source AND a.page_date >= s.page_date
WHERE s.page_date - b.page_date <= neighbour_days() OR a.page_date - s.page_date <= neighbour_days()
