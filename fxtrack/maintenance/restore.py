"""A backup in the place of the store, which is kept aside: copied, read through and compared before anything moves."""

import datetime as dt
import os
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, StoreBusy, StoreError
from fxtrack.files import aside_name, log_of, remove_left_over, replacing
from fxtrack.store.connection import (
    Connection,
    connect_reader,
    connect_writer,
    has_table,
    one_row,
    quote_name,
    quote_text,
    store_errors,
    whole_database,
)
from fxtrack.store.schema import check_version, prepare

_Content = dict[str, tuple[Any, ...]]

_UNCHANGED = "nothing was changed"


def restore(config: Config, backup: Path, now: dt.datetime, tell: Callable[[str], None]) -> None:
    """Put a copy of a backup in the place of the store. The caller holds the service's lock.

    The generation goes on from whichever is further, so that nothing made from the replaced store passes for current.
    Where nobody can tell how far that one was, what takes its place is a store of its own.

    Args:
        config: the configuration in force.
        backup: the file.
        now: UTC; it names what is put aside.
        tell: called with a line for each file that was put aside, as soon as it is.

    Raises:
        StoreBusy: a process has the store open.
        StoreError: the file is no store, is damaged, or is from a newer version, or there is no room; nothing was
            changed.
        FxtrackError: there is no such file; nothing was changed.
    """
    writer = config.writer.resolve()
    if not backup.is_file():
        raise FxtrackError(f"{backup}: no such file; backups are in {config.backups}")
    if backup.resolve() == writer:
        raise FxtrackError(f"{backup}: is the store itself; backups are in {config.backups}")
    wait = config.settings.database.wait_seconds
    reached = _settle(writer, wait)
    held = _read_through(backup, wait)
    remove_left_over(writer)
    with replacing(writer) as temporary:
        with store_errors(writer, _UNCHANGED):
            with whole_database(temporary) as connection:
                _copy(connection, backup)
            with whole_database(temporary) as connection:  # opened anew, so that this is what the file says
                if _content(connection) != held:
                    raise StoreError(f"{backup}: could not be copied whole; {_UNCHANGED}")
                prepare(connection)
                connection.execute("UPDATE store_info SET generation = greatest(generation, ?) + 1", [reached or 0])
                if reached is None:
                    connection.execute("UPDATE store_info SET store_id = ?", [uuid.uuid4().hex])
        _put_aside(writer, now, tell)


def _settle(writer: Path, wait: float) -> int | None:
    """Make sure that nobody has the store open and return its generation, None if it cannot be told."""
    if not writer.exists():
        return None
    try:
        with closing(connect_writer(writer, wait)) as connection, store_errors(writer):
            return int(one_row(connection, "SELECT max(generation) FROM store_info")[0])
    except StoreBusy:
        raise
    except StoreError:  # damaged, which is a good reason to restore
        return None


def _read_through(backup: Path, wait: float) -> _Content:
    """Return what a backup holds, all of which can be read."""
    try:
        reader = connect_reader(backup, wait)
    except StoreBusy:
        raise
    except StoreError:
        raise StoreError(f"{backup}: not a database that can be opened; {_UNCHANGED}") from None
    with closing(reader), store_errors(backup):
        check_version(reader, backup)
        if not has_table(reader, "store_info"):
            raise StoreError(f"{backup}: holds no store of fxtrack; {_UNCHANGED}")
        return _content(reader)


def _content(connection: Connection) -> _Content:
    """Return the number of rows of each table, and a sum over them that does not depend on their order."""
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


def _put_aside(writer: Path, now: dt.datetime, tell: Callable[[str], None]) -> None:
    """Give the store and its log further names; the log's own goes, since it would be taken for the new store's."""
    log = log_of(writer)
    kept_log = aside_name(log, now)  # of a store that is gone
    if writer.exists():
        aside = aside_name(writer, now)
        os.link(writer, aside)
        try:
            connect_reader(aside, 0).close()  # whoever opened it meanwhile would write to what is no longer the store
        except StoreBusy:
            aside.unlink()
            raise
        except StoreError:
            pass
        tell(f"{writer.name}: kept as {aside.name}")
        kept_log = log_of(aside)
    if log.exists():
        os.link(log, kept_log)
        log.unlink()
        tell(f"{log.name}: kept as {kept_log.name}")
