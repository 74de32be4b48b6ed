"""Runs statements on an open database: in transactions, on several processors, within its memory."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import duckdb

from fxtrack.errors import StoreError
from fxtrack.limits import KEPT_MEMORY_MB

Connection = duckdb.DuckDBPyConnection
T = TypeVar("T")
Done = TypeVar("Done")


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


def one_row(connection: Connection, query: str, parameters: object = None) -> tuple[Any, ...]:
    """Return the only row of a query that always has one."""
    rows = connection.execute(query, parameters).fetchall()  # a result read in part would block the connection
    if not rows:
        raise StoreError(f"no row where there must be one: {query}")
    return tuple(rows[0])


def has_table(connection: Connection, name: str) -> bool:
    """Return whether the current database has a table of that name."""
    query = "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND table_name = ?"
    return bool(one_row(connection, query, [name])[0])


def quote_text(text: str) -> str:
    """Return text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
