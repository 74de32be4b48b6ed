-- Files of the batch that could be read before and now cannot, or the other way round, or for another reason.
WITH before AS (SELECT coalesce(archive, location) AS file, location, error FROM files WHERE error IS NOT NULL)
SELECT location FROM (SELECT location, error FROM new_files WHERE error IS NOT NULL EXCEPT SELECT location, error FROM before)
UNION ALL
SELECT location FROM (
    SELECT location, error FROM before WHERE file IN (SELECT location FROM new_files)
    EXCEPT SELECT location, error FROM new_files
)
