"""Numbered migrations, and the views and macros on top of them: SQL files of the rooms, applied in order."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path

from fxtrack import __version__
from fxtrack.deltas.as_of import as_of_macros
from fxtrack.deltas.stand_ins import digest_of, in_quick_order
from fxtrack.errors import StoreError, StoreTooNew
from fxtrack.store.database.connection import Connection, has_table, on_processors, one_row, transaction


def prepare(connection: Connection) -> None:
    """Bring the tables and views of a database up to date. Data is kept.

    Each step is a transaction. A new database is made in a single one: it has nothing to keep between the steps, and a
    commit costs as much as several tables.
    """
    have = _version(connection)
    if not have:
        with _many_statements(connection), transaction(connection):
            for number, text in _migrations():
                _migrate(connection, number, text)
            define(connection, script("deltas", "stand_ins"))
        return
    for number, text in _migrations()[have:]:
        with transaction(connection):
            _migrate(connection, number, text)
    if digest_of(view_texts()) != one_row(connection, "SELECT views_digest FROM store_info")[0]:
        with _many_statements(connection), transaction(connection):
            define(connection, script("deltas", "stand_ins"))


@cache
def view_texts() -> tuple[str, ...]:
    """Return SQL that defines all views and macros, in parts of which each reads only what is defined before it."""
    views = scripts("deltas/views")
    return (*views, *as_of_macros(views).values())


def define(connection: Connection, stand_ins: str) -> None:
    """Define all views and macros, whatever there is of them.

    Args:
        connection: in a transaction.
        stand_ins: the file ``deltas/stand_ins.sql``; an empty text does without it, and takes twice the time.
    """
    texts = view_texts()
    (store_id,) = one_row(connection, "SELECT store_id FROM store_info")
    connection.execute("".join(in_quick_order(texts, stand_ins)).replace("{store_id}", store_id))
    connection.execute("UPDATE store_info SET views_digest = ?", [digest_of(texts)])


@contextmanager
def _many_statements(connection: Connection) -> Iterator[None]:
    """Leave out what DuckDB does for every statement and only pays where one reads many rows.

    After an error the connection stays so: it is of no more use.
    """
    connection.execute("PRAGMA disable_optimizer")
    with on_processors(connection, 1):
        yield
    connection.execute("PRAGMA enable_optimizer")


def _migrate(connection: Connection, number: int, text: str) -> None:
    connection.execute(text)
    connection.execute("INSERT INTO schema_migrations VALUES (?, now()::TIMESTAMP, ?)", [number, __version__])
    if number == 1:
        connection.execute("INSERT INTO store_info VALUES (?, 0, -1, '')", [uuid.uuid4().hex])


def give_new_identity(connection: Connection) -> None:
    """Make a prepared database another store: its macros answer for the new identity."""
    connection.execute("UPDATE store_info SET store_id = ?, views_digest = ''", [uuid.uuid4().hex])
    prepare(connection)


def check_version(connection: Connection, path: Path) -> None:
    """Refuse a database that this version of fxtrack must not write to.

    Raises:
        StoreTooNew: a newer version wrote it.
        StoreError: it has tables, and none of them is from fxtrack.
    """
    newest = _migrations()[-1][0]
    version = _version(connection)
    if version > newest:
        raise StoreTooNew(
            f"{path}: schema {version} is from a newer fxtrack than this one ({__version__}, schema {newest}); "
            "upgrade fxtrack, the file is untouched"
        )
    if version:
        return
    (objects,) = one_row(
        connection,
        "SELECT (SELECT count(*) FROM duckdb_tables()) + (SELECT count(*) FROM duckdb_views() WHERE NOT internal)"
        " + (SELECT count(*) FROM duckdb_functions() WHERE NOT internal) + (SELECT count(*) FROM duckdb_sequences())",
    )
    if objects:
        raise StoreError(f"{path}: a DuckDB database, but not one of fxtrack; name another file in paths.writer")


def _version(connection: Connection) -> int:
    if not has_table(connection, "schema_migrations"):
        return 0
    (version,) = one_row(connection, "SELECT coalesce(max(version), 0) FROM schema_migrations")
    return int(version)


def _migrations() -> list[tuple[int, str]]:
    return list(enumerate(scripts("store/sql/migrations"), 1))


@cache
def script(folder: str, name: str) -> str:
    """Return the text of one SQL file of the package; `name` is without ``.sql``."""
    return (resources.files("fxtrack") / folder / f"{name}.sql").read_text("utf-8")


def scripts(folder: str) -> list[str]:
    """Return the texts of all SQL files in a folder of the package, in the order of their names."""
    return [script(folder, name) for name in script_names(folder)]


def script_names(folder: str) -> list[str]:
    """Return the names of all SQL files in a folder of the package, sorted, without ``.sql``."""
    files = (resources.files("fxtrack") / folder).iterdir()
    return sorted(file.name.removesuffix(".sql") for file in files if file.name.endswith(".sql"))
