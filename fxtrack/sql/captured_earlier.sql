-- Known pages of the batch that turn out to have been captured earlier than was known.
SELECT c.capture_id, c.ingested_utc, c.snapshot_id
FROM new_captures n
JOIN captures c USING (capture_id)
WHERE n.captured_utc < coalesce(c.captured_utc, 'infinity'::TIMESTAMP)
