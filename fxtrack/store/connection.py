"""The only module that imports duckdb: it opens database files and turns DuckDB's errors into fxtrack's."""

import os
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from fxtrack.errors import MORE_MEMORY, FxtrackError, Interrupted, StoreBusy, StoreError, UsageError
from fxtrack.files import deny_others, log_of
from fxtrack.limits import KEPT_MEMORY_MB, READER_MEMORY_MB
from fxtrack.model.address_space import check_address_space

Connection = duckdb.DuckDBPyConnection
T = TypeVar("T")
Done = TypeVar("Done")

STORAGE_VERSION = "v1.4.0"
"""The oldest DuckDB that opens the files; the default of a newer library would keep older shells out."""


class Unwritable(Exception):
    """A query that writes a file refused a value."""


_CLOSED: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
_WRITING = _CLOSED | {"storage_compatibility_version": STORAGE_VERSION}
_SEAL = "SET enable_external_access = false; SET lock_configuration = true"
_RETRY_SECONDS = 0.05
_KEPT = "committed work is kept"


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


def is_sealed(connection: Connection) -> bool:
    """Return whether queries cannot access other files."""
    return not one_row(connection, "SELECT current_setting('enable_external_access')")[0]


@contextmanager
def store_errors(path: Path, kept: str = _KEPT) -> Iterator[None]:
    """Translate DuckDB's errors into a StoreError that names the file.

    Args:
        path: the file.
        kept: the state of the data that the message names if the disk is full.

    Raises:
        Interrupted: the statement was interrupted.
        StoreError: any other error.
    """
    try:
        yield
    except duckdb.InterruptException:
        raise Interrupted from None
    except duckdb.Error as error:
        raise _store_error(path, error, kept) from error


@contextmanager
def user_query(connection: Connection, most_seconds: float | None = None) -> Iterator[None]:
    """Run a user's query within a time limit, and translate DuckDB's errors into messages with a way out.

    Raises:
        UsageError: DuckDB refused the query.
        FxtrackError: it needed more time than `most_seconds`, or more memory than the connection has.
    """
    ended, expired = threading.Event(), threading.Event()

    def stop() -> None:
        ended.wait(most_seconds)
        while not ended.is_set():  # repeatedly: an interrupt between two statements has no effect
            expired.set()
            connection.interrupt()
            ended.wait(_RETRY_SECONDS)

    timer = threading.Thread(target=stop, name="query timeout", daemon=True)
    timer.start()
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        (limit,) = one_row(connection, "SELECT current_setting('memory_limit')")
        raise FxtrackError(
            f"the query needs more memory than it has, {limit}: ask for less at a time, or run it in the DuckDB shell "
            f"({first_line(error)})"
        ) from error
    except duckdb.Error as error:
        if not expired.is_set():
            reason, _, excerpt = str(error).strip().partition("\n\nLINE ")
            raise UsageError(f"the query was refused: {reason}", excerpt and f"LINE {excerpt}") from error
        raise FxtrackError(
            f"the query was stopped after {most_seconds:g} s: ask for less, or allow more time with --timeout"
        ) from None
    finally:
        ended.set()
        timer.join()


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit everything in the context, or nothing."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(duckdb.FatalException):  # a later effect of an error that is on its way
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def registered(connection: Connection, tables: Mapping[str, object]) -> Iterator[None]:
    """Make Arrow tables readable by their names in statements."""
    for name, table in tables.items():
        connection.register(name, table)
    try:
        yield
    finally:
        with suppress(duckdb.FatalException):  # a later effect of an error that is on its way
            for name in tables:
                connection.unregister(name)


@contextmanager
def on_processors(connection: Connection, most: int) -> Iterator[None]:
    """Limit DuckDB to `most` processors, which leaves the rest to other processes and takes less memory."""
    connection.execute(f"SET threads = {most}")
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # it must not hide an earlier error
            connection.execute("RESET threads")


def two_at_a_time(
    connection: Connection,
    work: Callable[[Connection, T], Done],
    items: Sequence[T],
    between: Callable[[Connection], None] = lambda _connection: None,
) -> list[Done]:
    """Call `work` for each item, two items at a time, and return the results in order.

    DuckDB uses several processors for statements over many rows. Statements over few rows, or that sort and write at
    their end, use little more than one.

    Args:
        connection: without an open transaction.
        work: called with a connection and an item.
        items: the items.
        between: called after every two items, while no statement runs.
    """
    if len(items) == 1:
        return [work(connection, items[0])]
    done: list[Done] = []
    processors = max(1, len(os.sched_getaffinity(0)) // 2)
    with on_processors(connection, processors), connection.cursor() as other, ThreadPoolExecutor(1) as helper:
        for first in range(0, len(items), 2):
            helping = [helper.submit(work, other, item) for item in items[first + 1 : first + 2]]
            try:
                done.append(work(connection, items[first]))
                done += [helped.result() for helped in helping]
            except BaseException:
                other.interrupt()
                raise
            between(connection)
    return done


def let_go(connection: Connection) -> None:
    """Release the memory of blocks read from the file, which DuckDB otherwise keeps as long as there is room.

    Restores the memory limit at once, since a low one could make later statements fail. No other thread may run a
    statement meanwhile.
    """
    with suppress(duckdb.Error):  # blocks in use stay
        connection.execute(f"SET memory_limit = '{KEPT_MEMORY_MB}MB'")
    connection.execute("RESET memory_limit")


def peek(connection: Connection, path: Path, query: str) -> tuple[Any, ...] | None:
    """Return the first row of a query on another file, attached as ``other``; None if that fails.

    Raises:
        StoreBusy: a process has it open for writing.
    """
    try:
        connection.execute(f"ATTACH {quote_text(str(path))} AS other (READ_ONLY)")
    except duckdb.Error as error:
        if _is_busy(error):
            raise StoreBusy(f"{path}: open for writing in another process") from error
        return None
    try:
        return connection.execute(query).fetchone()
    except duckdb.Error:
        return None
    finally:
        connection.execute("DETACH other")


def one_row(connection: Connection, query: str, parameters: object = None) -> tuple[Any, ...]:
    """Return the only row of a query that always has one."""
    rows = connection.execute(query, parameters).fetchall()  # a result read in part would block the connection
    if not rows:
        raise StoreError(f"no row where there must be one: {query}")
    return tuple(rows[0])


def write_csv(connection: Connection, query: str, parameters: object, path: Path) -> int:
    """Write the rows of a query to a file as CSV without a header, and return their number.

    Raises:
        Unwritable: the query itself refused a value.
        StoreError: the file cannot be written.
    """
    try:
        (count,) = one_row(
            connection,
            f"""COPY ({query}) TO {quote_text(str(path))}
            (FORMAT CSV, HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')""",
            parameters,
        )
    except duckdb.InvalidInputException as error:
        raise Unwritable from error
    except duckdb.IOException as error:
        reason = first_line(error)
        if _is_full(reason):
            raise StoreError(f"{path.parent.parent}: the disk is full; the answer needs room there") from error
        raise
    return int(count)


def has_table(connection: Connection, name: str) -> bool:
    """Return whether the current database has a table of that name."""
    query = "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND table_name = ?"
    return bool(one_row(connection, query, [name])[0])


def check_names(connection: Connection, query: str) -> None:
    """Plan a user's query; the error of an unknown name shows its place, which that of a relation does not."""
    try:
        connection.sql(query)
    except (duckdb.BinderException, duckdb.CatalogException):
        connection.execute(query)  # fails as well


def statements(connection: Connection, query: str) -> list[tuple[str, bool]]:
    """Return each statement of a user's SQL without its semicolon, and whether it can stand in the FROM of another."""
    return [
        (_unended(statement.query), statement.type == duckdb.StatementType.SELECT)
        for statement in connection.extract_statements(query)
    ]


def _unended(statement: str) -> str:
    """Return one statement without its final semicolon and the comments behind that."""
    ends = [place for place, kind in duckdb.tokenize(statement) if kind == duckdb.token_type.operator]
    text = statement.encode()
    return next((text[:place].decode() for place in ends if text[place : place + 1] == b";"), statement)


def quote_text(text: str) -> str:
    """Return text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _wait_for(path: Path, wait_seconds: float, connect: Callable[[], Connection]) -> Connection:
    """Call `connect` until no other process keeps it from the file, for `wait_seconds` at most."""
    check_address_space()  # of programs that open a file through the API; a command has looked before it loads DuckDB
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return connect()
        except duckdb.Error as error:
            if not _is_busy(error):
                raise _store_error(path, error) from error
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


def _is_busy(error: duckdb.Error) -> bool:
    return "Could not set lock on file" in str(error)


def _is_full(reason: str) -> bool:
    return "No space left" in reason or "disk is full" in reason.lower()


def _store_error(path: Path, error: duckdb.Error, kept: str = _KEPT) -> StoreError:
    reason = first_line(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        reason = f"out of memory; {MORE_MEMORY}, {kept} ({reason})"
    elif "not a valid DuckDB database file" in reason:
        reason = "not a DuckDB database; move it away, the store is rebuilt from the pages"
    elif isinstance(error, duckdb.CatalogException):
        reason = f"this version of fxtrack did not publish it; `fxtrack run` publishes it anew ({reason})"
    elif "replaying WAL" in reason:
        log = f"{path.name}.wal"
        reason = f"{log} beside it is damaged or of another file; move both away, the next run rebuilds it ({reason})"
    elif _is_full(reason):
        _, _, reason = reason.rpartition("Original error: ")  # the text before it is about an unfinished database
        reason = f"the disk is full; make room, {kept} ({reason})"
    elif isinstance(error, duckdb.FatalException):
        reason = f"cannot be written; check the disk, {kept} ({reason.removeprefix('FATAL Error: ')})"
    return StoreError(f"{path}: {reason}")
