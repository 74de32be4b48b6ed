-- Files of the batch that can no longer be read, that can be read again, or that fail for another reason than before.
WITH before AS (SELECT coalesce(archive, location) AS file, location, error FROM files WHERE error IS NOT NULL)
SELECT location FROM (SELECT location, error FROM new_files WHERE error IS NOT NULL EXCEPT SELECT location, error FROM before)
UNION ALL
SELECT location FROM (
    SELECT location, error FROM before WHERE file IN (SELECT location FROM new_files)
    EXCEPT SELECT location, error FROM new_files
)
