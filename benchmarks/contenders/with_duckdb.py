"""Run a query of a file on a folder of pages: with_duckdb.py FILE.sql FOLDER."""

import sys
from pathlib import Path

import duckdb

query, folder = sys.argv[1:]
row = duckdb.execute(Path(query).read_text("utf-8"), {"pages": f"{folder}/**/*.txt"}).fetchone()
print(*(row or ()))
