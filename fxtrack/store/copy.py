"""Complete copies of a store in another file: by its bytes, or row by row."""

from pathlib import Path

from fxtrack.files import log_of
from fxtrack.store.clone import clone
from fxtrack.store.connection import STORAGE_VERSION, one_row, quote_name, quote_text, store_errors
from fxtrack.store.writer import Store


def copy_bytes(store: Store, path: Path) -> None:
    """Write a complete and closed copy to a new file, as `copy_rows` does, but as fast as bytes can be copied.

    It takes as much room as the store does, with what is free in that. Where half of it is free, or its bytes cannot
    be copied, the rows are.

    Raises:
        OSError: it cannot be written.
        StoreError: the store cannot be read, or DuckDB cannot write.
    """
    if not (_is_compact(store) and clone(store.path, path) and store.identity_of(path) == store.identity()):
        path.unlink(missing_ok=True)
        copy_rows(store, path)


def copy_rows(store: Store, path: Path) -> None:
    """Write a complete and closed copy to a new file, row by row, which leaves out all that is free.

    The copy is a database of its own, with an identity of its own: DuckDB refuses to apply a write-ahead log of another
    file to it.

    Raises:
        StoreError: the store cannot be read, or DuckDB cannot write.
    """
    with store_errors(path):
        (name,) = one_row(store.connection, "SELECT current_database()")
        store.connection.execute(f"ATTACH {quote_text(str(path))} AS published (STORAGE_VERSION '{STORAGE_VERSION}')")
        try:
            store.connection.execute(f"COPY FROM DATABASE {quote_name(name)} TO published")
            store.connection.execute("CHECKPOINT published")  # what fails as it is detached does not say why
        finally:
            store.connection.execute("DETACH published")


def _is_compact(store: Store) -> bool:
    """Bring the file up to date and tell whether it holds everything, and not too much else."""
    with store_errors(store.path):
        store.connection.execute("CHECKPOINT")
        blocks, free = one_row(
            store.connection,
            "SELECT total_blocks, free_blocks FROM pragma_database_size() WHERE database_name = current_database()",
        )
    log = log_of(store.path)
    return 2 * free <= blocks and not (log.exists() and log.stat().st_size)
