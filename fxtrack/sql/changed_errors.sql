-- Files of the batch that could be read before and now cannot, or the other way round, or for another reason.
SELECT location FROM (SELECT location, error FROM new_files WHERE error IS NOT NULL EXCEPT SELECT location, error FROM files)
UNION ALL
SELECT location FROM (
    SELECT location, error FROM files
    WHERE error IS NOT NULL AND coalesce(archive, location) IN (SELECT location FROM new_files)
    EXCEPT SELECT location, error FROM new_files
)
