-- Drops the ranges of reports that no longer count.
DELETE FROM settled_ranges WHERE range_id NOT IN (SELECT range_id FROM settled_reports WHERE range_id IS NOT NULL)
