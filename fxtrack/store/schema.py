"""Numbered migrations, and the views and macros on top of them, as they stand in `fxtrack/sql`."""

import hashlib
import uuid
from functools import cache
from importlib import resources
from pathlib import Path

from fxtrack import __version__
from fxtrack.errors import StoreError, StoreTooNew
from fxtrack.store.connection import Connection, has_table, one_row


def prepare(connection: Connection) -> None:
    """Bring a database's tables and views up to date, each step in a transaction. Data stays as it is."""
    have = _version(connection)
    for number, script in _migrations():
        if number > have:
            connection.execute("BEGIN")
            connection.execute(script)
            connection.execute("INSERT INTO schema_migrations VALUES (?, now()::TIMESTAMP, ?)", [number, __version__])
            if number == 1:
                connection.execute("INSERT INTO store_info VALUES (?, 0, -1, '')", [uuid.uuid4().hex])
            connection.execute("COMMIT")
    views = scripts("deltas/views")
    digest = hashlib.sha256("".join(views).encode()).hexdigest()
    if connection.execute("SELECT views_digest FROM store_info").fetchone() != (digest,):
        connection.execute("BEGIN")
        for script in views:
            connection.execute(script)
        connection.execute("UPDATE store_info SET views_digest = ?", [digest])
        connection.execute("COMMIT")


def check_version(connection: Connection, path: Path) -> None:
    """Refuse a database that this version of the tool must not write to.

    Raises:
        StoreTooNew: a newer version wrote it.
        StoreError: it has tables, and none of them are ours.
    """
    newest = _migrations()[-1][0]
    version = _version(connection)
    if version > newest:
        raise StoreTooNew(
            f"{path}: schema {version} is from a newer fxtrack than this one ({__version__}, schema {newest}); "
            "upgrade fxtrack, the file is untouched"
        )
    (objects,) = one_row(
        connection,
        "SELECT (SELECT count(*) FROM duckdb_tables()) + (SELECT count(*) FROM duckdb_views() WHERE NOT internal)"
        " + (SELECT count(*) FROM duckdb_functions() WHERE NOT internal) + (SELECT count(*) FROM duckdb_sequences())",
    )
    if version == 0 and objects:
        raise StoreError(f"{path}: a DuckDB database, but not one of fxtrack; name another file in paths.writer")


def _version(connection: Connection) -> int:
    if not has_table(connection, "schema_migrations"):
        return 0
    row = connection.execute("SELECT coalesce(max(version), 0) FROM schema_migrations").fetchone()
    return int(row[0]) if row else 0


def _migrations() -> list[tuple[int, str]]:
    return list(enumerate(scripts("store/sql/migrations"), 1))


_SQL = resources.files("fxtrack")


@cache
def script(folder: str, name: str) -> str:
    """Return the text of one file, without the ``.sql`` of its name."""
    return (_SQL / folder / f"{name}.sql").read_text("utf-8")


def scripts(folder: str) -> list[str]:
    """Return the texts of all files in a folder, in the order of their names."""
    return [script(folder, name) for name in script_names(folder)]


def script_names(folder: str) -> list[str]:
    """Return the names of all files in a folder, sorted, without ``.sql``."""
    return sorted(file.name[:-4] for file in (_SQL / folder).iterdir() if file.name.endswith(".sql"))
