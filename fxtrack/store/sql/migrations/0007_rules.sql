-- The choice of rules changed, so that all are inferred again.
UPDATE store_info SET settled_generation = -1, traced_generation = -1;
