"""Opens database files, for writing and for reading."""

import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from fxtrack.errors import StoreBusy, StoreError
from fxtrack.files import deny_others, log_of
from fxtrack.limits import READER_MEMORY_MB
from fxtrack.model.address_space import check_address_space
from fxtrack.store.database.connection import Connection, quote_text
from fxtrack.store.database.errors import is_busy, store_error

STORAGE_VERSION = "v1.4.0"
"""The oldest DuckDB that opens the files; the default of a newer library would keep older shells out."""

_CLOSED: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
_WRITING = _CLOSED | {"storage_compatibility_version": STORAGE_VERSION}
_SEAL = "SET enable_external_access = false; SET lock_configuration = true"
_RETRY_SECONDS = 0.05


def connect_writer(path: Path, wait_seconds: float) -> Connection:
    """Open a database for writing, creating it if necessary. No other process can open it until it is closed.

    Raises:
        StoreBusy: another process held it for `wait_seconds`.
        StoreError: it cannot be created or opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent}: cannot be created: {error.strerror}") from error
    connection = _wait_for(path, wait_seconds, lambda: duckdb.connect(str(path), config=_WRITING))
    for file in (path, log_of(path)):
        deny_others(file)
    return connection


@contextmanager
def whole_database(path: Path) -> Iterator[Connection]:
    """Open a private database for writing, creating it if necessary, and check that its file is complete at the end.

    Closing alone does not ensure that: on a full disk it leaves a log beside the file without an error.

    Raises:
        StoreError: a log is left.
        duckdb.Error: it cannot be opened or written; `store_errors` translates that.
    """
    with closing(duckdb.connect(str(path), config=_WRITING)) as connection:
        yield connection
        connection.execute("CHECKPOINT")
    if log_of(path).exists():
        raise StoreError(f"{path}: could not be written whole")


def connect_reader(path: Path, wait_seconds: float, *, sealed: bool = False) -> Connection:
    """Open a database for reading.

    Args:
        path: the file, which must exist.
        wait_seconds: how long to wait for a process that has it open for writing.
        sealed: forbid queries to access any other file, and to change that setting.
    """
    connection = _wait_for(path, wait_seconds, lambda: duckdb.connect(str(path), read_only=True, config=_reading()))
    if sealed:
        connection.execute(_SEAL)
    return connection


def connect_version(path: Path, wait_seconds: float) -> Connection:
    """Open the current version of a database file for reading, sealed as by `connect_reader`.

    DuckDB has one instance per path in a process: while a connection is open, a second one to the same path reads the
    file that the first one opened, even if another file has since taken its name. Here each connection is a separate
    instance that attaches the file.

    Args:
        path: the file, which must exist.
        wait_seconds: how long to wait for a process that has it open for writing.
    """

    def attach() -> Connection:
        connection = duckdb.connect(":memory:", config=_reading())
        try:
            connection.execute(f"ATTACH {quote_text(str(path))} AS fxtrack (READ_ONLY); USE fxtrack; {_SEAL}")
        except BaseException:
            connection.close()
            raise
        return connection

    return _wait_for(path, wait_seconds, attach)


def peek(connection: Connection, path: Path, query: str) -> tuple[Any, ...] | None:
    """Return the first row of a query on another file, attached as ``other``; None if that fails.

    Raises:
        StoreBusy: a process has it open for writing.
    """
    try:
        connection.execute(f"ATTACH {quote_text(str(path))} AS other (READ_ONLY)")
    except duckdb.Error as error:
        if is_busy(error):
            raise StoreBusy(f"{path}: open for writing in another process") from error
        return None
    try:
        return connection.execute(query).fetchone()
    except duckdb.Error:
        return None
    finally:
        connection.execute("DETACH other")


def _wait_for(path: Path, wait_seconds: float, connect: Callable[[], Connection]) -> Connection:
    """Call `connect` until no other process keeps it from the file, for `wait_seconds` at most."""
    check_address_space()  # of programs that open a file through the API; a command has looked before it loads DuckDB
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return connect()
        except duckdb.Error as error:
            if not is_busy(error):
                raise store_error(path, error) from error
            if time.monotonic() >= deadline:
                holder = re.search(r"lock is held in (.*?) \(PID (\d+)\)", str(error))
                by = f"process {holder[2]} ({holder[1]})" if holder else "another process"
                held = f"{path}: held by {by} for more than {wait_seconds:g} s"
                raise StoreBusy(f"{held} (close it, or raise database.wait_seconds)") from error
        time.sleep(_RETRY_SECONDS)


def _reading() -> dict[str, Any]:
    """Return the settings of a reader, with a private place for data that exceeds its memory."""
    return _CLOSED | {"memory_limit": f"{READER_MEMORY_MB}MB", "temp_directory": _room_for_more()}


def _room_for_more() -> str:
    """Return a private folder for data that does not fit into memory; an empty string if there is no room for one."""
    try:
        return str(Path(tempfile.gettempdir(), f"fxtrack-{os.getpid()}-{uuid.uuid4().hex}"))
    except FileNotFoundError:  # a full disk, for one
        return ""
