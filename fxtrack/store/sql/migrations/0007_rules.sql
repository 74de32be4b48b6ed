-- Rules are chosen otherwise than before, so that all are inferred anew; and what a message says.
UPDATE store_info SET settled_generation = -1, traced_generation = -1;
COMMENT ON COLUMN runs.message IS 'What came of it, or what went wrong, in one line';
