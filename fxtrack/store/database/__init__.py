"""In: paths of database files, and statements. Out: connections and rows; DuckDB's errors in the words of fxtrack.

The only room that imports duckdb: `opening` opens files, `connection` runs statements, `user_query` those of users.
"""
