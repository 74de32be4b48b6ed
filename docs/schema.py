"""Prints docs/schema.md from the comments of a new database: ``make docs``."""

import duckdb

from fxtrack.deltas.as_of import ASKED
from fxtrack.store.database.connection import Connection
from fxtrack.store.schema import prepare

PROMISED = (
    "captures", "sightings", "quotes", "daily", "latest", "changes", "deltas", "audit", "lags", "base_policy",
    "rounding_rules", "hidden_moves", "coverage", "standing", "witness", "gaps", "implied", "undated", "problems",
    "revisions", "rule_history", "runs", "alerts", "alert_messages",
)  # fmt: skip
MACROS = {
    "rate_series": "rate_series('USD/KGS')",
    "rate_changes": "rate_changes('KGS/KZT')",
    "rate_on": "rate_on('USD/KGS', '2025-12-08')",
    "periods": "periods('USD/KGS', 'month')",
    "pair_gaps": "pair_gaps('KGS/KZT')",
    "last_closes": "last_closes('2025-12-08')",
    "cross_rate": "cross_rate('TJS', 'KZT', '2025-12-08')",
    "indexed": "indexed('KGS/USD', '2025-01-02')",
    **{f"{name}_as_of": f"{name}_as_of('2025-12-08')" for name in ASKED},
    "sightings_as_of": "sightings_as_of('2025-12-08')",
}
HEAD = """\
# The database

Generated from the comments in the database by `make docs`; do not edit. `fxtrack sql --queries objects | fxtrack sql -`
prints the same comments from a database of your own.

`db/fxtrack.duckdb` holds everything below. Queries should use the first part; the tables and views of the second part
feed it and may change.

## For queries
"""
OVERVIEW = ("| object | holds |", "| --- | --- |")


def rows(connection: Connection, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a query, nulls as empty text."""
    return [tuple(value or "" for value in row) for row in connection.execute(query).fetchall()]


def columns_of(connection: Connection, name: str) -> list[str]:
    """Return a Markdown table of an object's columns: name, type and comment."""
    found = rows(
        connection,
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE schema_name = 'main'"
        f" AND table_name = '{name}' ORDER BY column_index",
    )
    return ["| column | type | holds |", "| --- | --- | --- |", *(f"| `{c}` | {t} | {h} |" for c, t, h in found)]


def section(connection: Connection, name: str, kind: str, comment: str) -> str:
    """Return the section of one table or view."""
    lines = columns_of(connection, name)
    return "\n".join([f"### {name}", "", f"{kind.capitalize()}. {comment}.", "", *lines, ""])


def page() -> str:
    """Return the whole page."""
    connection = duckdb.connect(":memory:")
    prepare(connection)
    objects = {
        name: (kind, comment.rstrip("."))
        for name, kind, comment in rows(
            connection,
            "SELECT table_name, 'table', comment FROM duckdb_tables() UNION ALL"
            " SELECT view_name, 'view', comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
        )
    }
    named = "SELECT DISTINCT function_name, comment FROM duckdb_functions() WHERE NOT internal ORDER BY ALL"
    macros = {row[0]: row[1] for row in rows(connection, named)}
    overview = [f"| [`{name}`](#{name}) | {objects[name][1]} |" for name in PROMISED]
    overview += [
        f"| [`{macros[name].partition(':')[0]}`](#{name}) | {macros[name].partition(': ')[2]} |" for name in MACROS
    ]
    parts = [
        HEAD,
        "\n".join([*OVERVIEW, *overview, ""]),
        *(section(connection, name, *objects[name]) for name in PROMISED),
    ]
    for name, call in MACROS.items():
        described = ", ".join(f"`{row[0]}`" for row in rows(connection, f"DESCRIBE FROM {call}"))
        text = macros.pop(name).rstrip(".").partition(": ")[2]
        parts.append(f"### {name}\n\nMacro, `FROM {call}`: {text}.\n\nColumns: {described}.\n")
    parts.append("## Behind them\n")
    parts += [section(connection, name, *found) for name, found in objects.items() if name not in PROMISED]
    parts.append("### Other macros\n\n| macro | gives |\n| --- | --- |")
    parts += [f"| `{name}` | {text} |" for name, text in macros.items()]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(page(), end="")
