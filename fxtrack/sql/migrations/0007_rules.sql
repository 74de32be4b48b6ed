-- Rules are chosen otherwise than before, so all are inferred anew.
UPDATE store_info SET settled_generation = -1, traced_generation = -1;
