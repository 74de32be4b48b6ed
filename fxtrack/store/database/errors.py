"""Turns DuckDB's errors into fxtrack's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from fxtrack.errors import MORE_MEMORY, Interrupted, StoreError

_KEPT = "committed work is kept"


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
        raise store_error(path, error, kept) from error


def store_error(path: Path, error: duckdb.Error, kept: str = _KEPT) -> StoreError:
    """Return an error with the file, the reason and the way out; `kept` as for `store_errors`."""
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
    elif is_full(reason):
        _, _, reason = reason.rpartition("Original error: ")  # the text before it is about an unfinished database
        reason = f"the disk is full; make room, {kept} ({reason})"
    elif isinstance(error, duckdb.FatalException):
        reason = f"cannot be written; check the disk, {kept} ({reason.removeprefix('FATAL Error: ')})"
    return StoreError(f"{path}: {reason}")


def is_busy(error: duckdb.Error) -> bool:
    """Return whether another process keeps this one from a file."""
    return "Could not set lock on file" in str(error)


def is_full(reason: str) -> bool:
    """Return whether the reason of an error is a full disk."""
    return "No space left" in reason or "disk is full" in reason.lower()


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
