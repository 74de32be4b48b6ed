"""Replaces the store by a backup after copying, reading and comparing it; the old store is kept under another name."""

import datetime as dt
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, StoreBusy, StoreError
from fxtrack.files import aside_name, log_of, replacing
from fxtrack.store.database.connection import Connection, has_table, one_row, quote_name, quote_text
from fxtrack.store.database.errors import store_errors
from fxtrack.store.database.opening import connect_reader, connect_writer, whole_database
from fxtrack.store.schema import check_version, give_new_identity, prepare, script

_Content = dict[str, tuple[Any, ...]]

_UNCHANGED = "nothing was changed"
_FORGOTTEN = ("capture_id", "source", "page_date", "location", "why", "forgotten_by", "forgotten_utc")


def restore(config: Config, backup: Path, now: dt.datetime, on_quarantined: Callable[[str], None]) -> None:
    """Replace the store by a copy of a backup. The caller holds the service's lock.

    The generation continues from the higher of the two, so that no file made from the replaced store counts as current.
    If the generation of the replaced store is unknown, the new store gets another id. Captures that are forgotten in
    either stay forgotten.

    Args:
        config: the configuration in force.
        backup: the backup file.
        now: UTC; part of the names of quarantined files.
        on_quarantined: called with a line for each file, as soon as it is quarantined.

    Raises:
        StoreBusy: a process has the store open.
        StoreError: the file is no store, is damaged or from a newer version, or the disk is full; nothing was changed.
        FxtrackError: the file does not exist; nothing was changed.
    """
    writer = config.writer.resolve()
    if not backup.is_file():
        raise FxtrackError(f"{backup}: no such file; backups are in {config.backups}")
    if backup.resolve() == writer:
        raise FxtrackError(f"{backup}: this is the store itself; backups are in {config.backups}")
    wait = config.settings.database.wait_seconds
    generation, forgotten = _replaced(writer, wait)
    expected = _read_through(backup, wait)
    with replacing(writer) as temporary:
        with store_errors(writer, _UNCHANGED):
            with whole_database(temporary) as connection:
                _copy(connection, backup)
            with whole_database(temporary) as connection:  # opened again, to compare the content on disk
                if _content(connection) != expected:
                    raise StoreError(f"{backup}: could not be copied whole; {_UNCHANGED}")
                prepare(connection)
                _forget_again(connection, forgotten)
                connection.execute("UPDATE store_info SET generation = greatest(generation, ?) + 1", [generation or 0])
                if generation is None:
                    give_new_identity(connection)
        _quarantine_store(writer, now, on_quarantined)


def _replaced(writer: Path, wait: float) -> tuple[int | None, list[tuple[Any, ...]]]:
    """Return the generation of the store, which no process may have open, and its rows of `forgotten`.

    Without a store, or with a damaged one, there is neither: None and no rows.
    """
    if not writer.exists():
        return None, []
    try:
        with closing(connect_writer(writer, wait)) as connection, store_errors(writer):
            generation = int(one_row(connection, "SELECT max(generation) FROM store_info")[0])
            known = has_table(connection, "forgotten")
            columns = ", ".join(_FORGOTTEN)
            return generation, connection.execute(f"SELECT {columns} FROM forgotten").fetchall() if known else []
    except StoreBusy:
        raise
    except StoreError:  # damaged: a reason to restore
        return None, []


def _forget_again(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    """Leave out what the replaced store has forgotten since the backup: a restore must not bring it back unasked."""
    if rows:
        values = dict(zip(_FORGOTTEN, map(list, zip(*rows, strict=True)), strict=True))
        connection.execute(script("store/sql/forget", "carry_over"), values)
        connection.execute(script("store/sql/forget", "place"))


def _read_through(backup: Path, wait: float) -> _Content:
    """Read a whole backup and return a summary of its content."""
    try:
        reader = connect_reader(backup, wait)
    except StoreBusy:
        raise
    except StoreError:
        raise StoreError(f"{backup}: not a database that can be opened; {_UNCHANGED}") from None
    with closing(reader), store_errors(backup):
        check_version(reader, backup)
        if not has_table(reader, "store_info"):
            raise StoreError(f"{backup}: not a store of fxtrack; {_UNCHANGED}")
        return _content(reader)


def _content(connection: Connection) -> _Content:
    """Return, by table, the number of rows and a checksum that does not depend on their order."""
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    return {
        table: one_row(connection, f"SELECT count(*), bit_xor(hash(t)) FROM {quote_name(table)} t")
        for (table,) in tables
    }


def _copy(connection: Connection, backup: Path) -> None:
    (name,) = one_row(connection, "SELECT current_database()")
    connection.execute(f"ATTACH {quote_text(str(backup))} AS backup (READ_ONLY)")
    try:
        connection.execute(f"COPY FROM DATABASE backup TO {quote_name(name)}")
    finally:
        connection.execute("DETACH backup")


def _quarantine_store(writer: Path, now: dt.datetime, on_quarantined: Callable[[str], None]) -> None:
    """Link the store and its log under other names, and remove the log, which would be applied to the new store."""
    log = log_of(writer)
    kept_log = aside_name(log, now)  # if there is a log and no store
    if writer.exists():
        aside = aside_name(writer, now)
        os.link(writer, aside)
        try:
            connect_reader(aside, 0).close()  # a process that has opened it meanwhile would write to the replaced store
        except StoreBusy:
            aside.unlink()
            raise
        except StoreError:
            pass
        on_quarantined(f"{writer.name}: kept as {aside.name}")
        kept_log = log_of(aside)
    if log.exists():
        os.link(log, kept_log)
        log.unlink()
        on_quarantined(f"{log.name}: kept as {kept_log.name}")
