-- Readers have to see a changed ledger. No report depends on it, so what is settled stays settled.
UPDATE store_info SET
    generation = generation + 1,
    settled_generation = CASE WHEN settled_generation = generation THEN generation + 1 ELSE settled_generation END,
    traced_generation = CASE WHEN traced_generation = generation THEN generation + 1 ELSE traced_generation END
