-- A known page with an earlier capture time than the known one: its row is that of the earlier sighting, and the stored one
-- becomes a further sighting.
DELETE FROM conflict_quotes WHERE capture_id IN (SELECT capture_id FROM retaken);
DELETE FROM further_snapshots WHERE capture_id IN (SELECT capture_id FROM retaken);
DELETE FROM captures WHERE capture_id IN (SELECT capture_id FROM retaken);
