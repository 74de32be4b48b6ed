-- Every table, view and macro of the database, with its comment.
SELECT 'table' AS kind, table_name AS name, comment FROM duckdb_tables()
UNION ALL
SELECT 'view', view_name, comment FROM duckdb_views() WHERE NOT internal
UNION ALL
SELECT DISTINCT 'macro', function_name, comment FROM duckdb_functions() WHERE NOT internal
ORDER BY kind, name;
