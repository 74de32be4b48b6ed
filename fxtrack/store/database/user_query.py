"""Runs the queries of users: within a time limit, and with messages that have a way out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from fxtrack.errors import FxtrackError, StoreError, UsageError
from fxtrack.store.database.connection import Connection, one_row, quote_text
from fxtrack.store.database.errors import first_line, is_full

_RETRY_SECONDS = 0.05


class Unwritable(Exception):
    """A query that writes a file refused a value."""


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


def is_sealed(connection: Connection) -> bool:
    """Return whether queries cannot access other files."""
    return not one_row(connection, "SELECT current_setting('enable_external_access')")[0]


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
        if is_full(reason):
            raise StoreError(f"{path.parent.parent}: the disk is full; the answer needs room there") from error
        raise
    return int(count)
