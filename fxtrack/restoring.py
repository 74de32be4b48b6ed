"""A backup in the place of the store, which is kept aside: copied, read through and compared before anything moves."""

import datetime as dt
import os
from contextlib import closing
from pathlib import Path

from fxtrack.config import Config
from fxtrack.database import (
    Connection,
    connect_reader,
    connect_writer,
    has_table,
    one_row,
    quote_name,
    quote_text,
    store_errors,
)
from fxtrack.errors import FxtrackError, StoreBusy, StoreError
from fxtrack.files import aside_name, log_of, remove_left_over, replacing
from fxtrack.schema import check_version, prepare


def restore(config: Config, backup: Path, now: dt.datetime) -> list[str]:
    """Put a copy of a backup in the place of the store. The caller holds the service's lock.

    The generation goes on from whichever is further, so that nothing made from the replaced store passes for current.

    Returns:
        A line for each file that was put aside.

    Raises:
        StoreBusy: a process has the store open.
        StoreError: the file is no store, is damaged, or is from a newer version; nothing was changed.
        FxtrackError: there is no such file, or no room; nothing was changed.
    """
    writer = config.writer.resolve()
    if not backup.is_file():
        raise FxtrackError(f"{backup}: no such file; backups are in {config.backups}")
    if backup.resolve() == writer:
        raise FxtrackError(f"{backup}: is the store itself; backups are in {config.backups}")
    wait = config.settings.database.wait_seconds
    reached = _settle(writer, wait)
    remove_left_over(writer)
    with replacing(writer) as temporary:
        _check_store(backup, wait)
        with store_errors(temporary), closing(connect_writer(temporary, 0)) as connection:
            _copy(connection, backup)
            prepare(connection)
            connection.execute("UPDATE store_info SET generation = greatest(generation, ?) + 1", [reached])
        return _put_aside(writer, now)


def _settle(writer: Path, wait: float) -> int:
    """Make sure that nobody has the store open and return its generation, -1 if it cannot be told."""
    if not writer.exists():
        return -1
    try:
        with closing(connect_writer(writer, wait)) as connection, store_errors(writer):
            return int(one_row(connection, "SELECT max(generation) FROM store_info")[0])
    except StoreBusy:
        raise
    except StoreError:  # damaged, which is a good reason to restore
        return -1


def _check_store(backup: Path, wait: float) -> None:
    try:
        reader = connect_reader(backup, wait)
    except StoreBusy:
        raise
    except StoreError:
        raise StoreError(f"{backup}: not a database that can be opened; nothing was changed") from None
    with closing(reader), store_errors(backup):
        check_version(reader, backup)
        if not has_table(reader, "store_info"):
            raise StoreError(f"{backup}: holds no store of fxtrack; nothing was changed")


def _copy(connection: Connection, backup: Path) -> None:
    (name,) = one_row(connection, "SELECT current_database()")
    connection.execute(f"ATTACH {quote_text(str(backup))} AS backup (READ_ONLY)")
    try:
        connection.execute(f"COPY FROM DATABASE backup TO {quote_name(name)}")
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'backup'").fetchall()
        for (table,) in tables:
            read, written = (
                one_row(connection, f"SELECT count(*), bit_xor(hash(t)) FROM {where}.main.{quote_name(table)} t")
                for where in ("backup", quote_name(name))
            )
            if read != written:
                raise StoreError(f"{backup}: its table {table} could not be copied whole; nothing was changed")
    finally:
        connection.execute("DETACH backup")


def _put_aside(writer: Path, now: dt.datetime) -> list[str]:
    """Give the store and its log further names; the log's own goes, since it would be taken for the new store's."""
    if not writer.exists():
        return []
    aside = aside_name(writer, now)
    os.link(writer, aside)
    try:
        connect_reader(aside, 0).close()  # whoever opened it meanwhile would write to what is no longer the store
    except StoreBusy:
        aside.unlink()
        raise
    except StoreError:
        pass
    lines = [f"{writer.name}: kept as {aside.name}"]
    log = log_of(writer)
    if log.exists():
        kept = aside.with_name(aside.name + ".wal")
        os.link(log, kept)
        log.unlink()
        lines.append(f"{log.name}: kept as {kept.name}")
    return lines
