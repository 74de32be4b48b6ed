-- The numbers of the files of a listing that are not known by location, size and time of change, in order, and the
-- number of pages in the known ones. A listing comes as three lists with one value per file, numbered from 0.
WITH listing AS MATERIALIZED (
    SELECT
        unnest(range(len($locations))) AS number, unnest($locations::VARCHAR[]) AS location,
        unnest($sizes::BIGINT[]) AS size, unnest($mtimes::BIGINT[]) AS mtime_ns
), known AS MATERIALIZED (
    SELECT location, size, mtime_ns, pages FROM files SEMI JOIN listing USING (location, size, mtime_ns)
)
SELECT
    coalesce((SELECT list(number ORDER BY number) FROM listing ANTI JOIN known USING (location, size, mtime_ns)), []),
    (SELECT coalesce(sum(coalesce(pages, 1)), 0)::BIGINT FROM known)
