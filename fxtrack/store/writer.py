"""The store: the writer's database, open in one process at a time."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from fxtrack.config.config import Config
from fxtrack.files import alone_in, log_of, quarantine, replacing
from fxtrack.store.database.connection import Connection, registered, transaction
from fxtrack.store.database.errors import store_errors
from fxtrack.store.database.opening import connect_reader, connect_writer, peek, whole_database
from fxtrack.store.schema import check_version, prepare

if TYPE_CHECKING:
    import pyarrow as pa

_IDENTITY = "store_id, generation, settled_generation, views_digest"


class Store:
    """An open store. Use `Store.open`, as a context manager."""

    def __init__(self, connection: Connection, path: Path, quarantined: list[str]) -> None:
        """Wrap a connection to a database whose schema is up to date.

        `quarantined` has a line for each file moved aside to make room for a new store.
        """
        self.connection = connection
        self.path = path
        self.quarantined = quarantined

    @classmethod
    def open(cls, config: Config, most_seconds: float = float("inf")) -> Self:
        """Open the writer's database of a configuration, creating or migrating it.

        Args:
            config: names the file, and how long to wait while another process holds it.
            most_seconds: an upper limit on that wait.

        Raises:
            StoreBusy: another process holds it.
            StoreTooNew: a newer version of fxtrack wrote it; it stays untouched.
            StoreError: the file is no store, or cannot be opened.
        """
        path, wait = config.writer, min(config.settings.database.wait_seconds, most_seconds)
        found = _create(path) if not path.exists() or not path.stat().st_size else None
        if found is None:
            with store_errors(path), connect_reader(path, wait) as reader:
                check_version(reader, path)
        store = cls(connect_writer(path, wait), path, found or [])
        try:
            with store_errors(path):
                prepare(store.connection)
        except BaseException:
            store.connection.close()
            raise
        _open.add(store)
        return store

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        _open.discard(self)
        self.connection.close()

    def reopen(self) -> None:
        """Open the file anew, as DuckDB requires after a failed checkpoint."""
        self.connection.close()
        self.connection = connect_writer(self.path, 0)

    def checkpoint(self) -> None:
        """Write everything that is committed to the file itself.

        Raises:
            StoreError: it cannot be written; what is committed stays in the log.
        """
        self.query("CHECKPOINT")

    def raise_generation(self, *, traced: bool = False) -> None:
        """Mark the published file as out of date because the data changed.

        Args:
            traced: the table `unsettled` lists the snapshots concerned. Otherwise everything is recomputed.
        """
        self.query(
            "UPDATE store_info SET generation = generation + 1,"
            " traced_generation = CASE WHEN $traced AND traced_generation = generation THEN generation + 1"
            " ELSE traced_generation END",
            {"traced": traced},
        )

    def identity(self) -> tuple[Any, ...]:
        """Return (store, generation, settled generation, definitions): equal in two databases with the same content."""
        (identity,) = self.query(f"SELECT {_IDENTITY} FROM store_info")
        return identity

    def identity_of(self, path: Path) -> tuple[Any, ...] | None:
        """Return the identity of another file; None if it has none or cannot be opened.

        Raises:
            StoreBusy: a process has it open for writing.
        """
        return self.peek(path, f"SELECT {_IDENTITY} FROM other.main.store_info")

    def is_settled(self) -> bool:
        """Return whether the rounding rules and reports follow from all captures; without captures they do."""
        ((generation, settled, traced),) = self.query(
            "SELECT generation, settled_generation, traced_generation FROM store_info"
        )
        return not generation or bool(generation == settled == traced)

    def peek(self, path: Path, query: str) -> tuple[Any, ...] | None:
        """Return the first row of a query on another file, attached as `other`; None if that fails.

        Raises:
            StoreBusy: a process has it open for writing.
        """
        if not path.exists():
            return None
        with store_errors(path):
            return peek(self.connection, path, query)

    def query(self, text: str, parameters: object = None) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows.

        Raises:
            StoreError: the database refused it.
        """
        with store_errors(self.path):
            return self.connection.execute(text, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything in the context, or nothing."""
        with store_errors(self.path), transaction(self.connection):
            yield

    @contextmanager
    def tables(self, **tables: "pa.Table") -> Iterator[None]:
        """Make Arrow tables readable by these names in statements."""
        with registered(self.connection, tables):
            yield


_open: set[Store] = set()


def interrupt_open_stores() -> None:
    """Interrupt the statements of other threads: each raises Interrupted there and is rolled back."""
    for store in tuple(_open):
        store.connection.interrupt()


def _create(path: Path) -> list[str] | None:
    """Create a store under a temporary name and rename it once it is complete.

    Returns:
        A line for the log of a lost store, if one lay there: it is quarantined, since no new store can use it. None
        where another process has made a store meanwhile.
    """
    with alone_in(path.parent):
        if path.exists() and path.stat().st_size:
            return None
        found = []
        log = log_of(path)
        if log.exists():
            aside = quarantine(log, dt.datetime.now(dt.UTC))
            found.append(f"{log.name}: the log of a store that is gone; quarantined as {aside.name}")
        with replacing(path) as temporary, store_errors(path), whole_database(temporary) as connection:
            prepare(connection)
        return found
