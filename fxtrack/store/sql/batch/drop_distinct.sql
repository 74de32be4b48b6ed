-- The tables of distinct.sql hold memory, and their names are those of the tables of the next batch.
DROP TABLE IF EXISTS kept_captures;
DROP TABLE IF EXISTS first_snapshots;
DROP TABLE IF EXISTS new_captures;
DROP TABLE IF EXISTS new_further;
DROP TABLE IF EXISTS new_again;
DROP TABLE IF EXISTS new_conflicts;
DROP TABLE IF EXISTS new_snapshots;
DROP TABLE IF EXISTS new_quotes;
DROP TABLE IF EXISTS new_files;
