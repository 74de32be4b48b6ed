"""Prints fxtrack/deltas/stand_ins.sql from the views of a new database: ``make docs``."""

from collections.abc import Sequence

import duckdb

from fxtrack.deltas.stand_ins import digest_of
from fxtrack.store.schema import define, prepare, view_texts

HEAD = """\
-- Made by `make docs`, do not edit: a row of nulls for each view, with the types of its columns. They stand for the
-- views while a store is made, see stand_ins.py. The views that they were made from have this digest:
-- {digest}
"""
COLUMNS = """
SELECT v.view_name, list(c.column_name ORDER BY c.column_index), list(c.data_type ORDER BY c.column_index)
FROM duckdb_views() v JOIN duckdb_columns() c ON c.table_name = v.view_name
WHERE NOT v.internal GROUP BY v.view_name ORDER BY v.view_name
"""


def nulls(names: Sequence[str], kinds: Sequence[str]) -> str:
    """Return a query that gives one row of nulls."""
    return "SELECT " + ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in zip(names, kinds, strict=True))


def page() -> str:
    """Return the whole file."""
    connection = duckdb.connect(":memory:")
    prepare(connection)
    define(connection, "")  # so that the types come from the views themselves
    lines = [
        f"CREATE OR REPLACE VIEW {view} AS {nulls(names, kinds)};"
        for view, names, kinds in connection.execute(COLUMNS).fetchall()
    ]
    return HEAD.format(digest=digest_of(view_texts())) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
