-- Changes printed beside percentages, also of pages in conflict.

ALTER TABLE conflict_quotes ADD COLUMN IF NOT EXISTS change_text VARCHAR;
COMMENT ON COLUMN conflict_quotes.change_text IS 'The absolute change printed beside a percentage, with an ASCII sign and a decimal point; null if none';
