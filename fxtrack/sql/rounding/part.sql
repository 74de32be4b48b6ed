-- The dates that are settled next.
CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM changed WHERE list_contains($sources, source)
