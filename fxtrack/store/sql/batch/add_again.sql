-- Adds the further sightings of a batch.
INSERT INTO further_sightings BY NAME FROM found_again;
CREATE OR REPLACE TEMP TABLE recounted AS SELECT DISTINCT capture_id FROM found_again;
