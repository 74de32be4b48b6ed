-- What the published file holds, in a few numbers.
SELECT
    (SELECT count(*) FROM captures) AS captures,
    (SELECT count(*) FROM snapshots) AS snapshots,
    (SELECT max(ingested_utc) FROM captures) AS changed_utc
