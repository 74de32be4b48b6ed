"""The writer's side of the database: schema, batches, runs. Only one process at a time holds a store open."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from fxtrack import __version__
from fxtrack.config.config import Config
from fxtrack.errors import StoreError
from fxtrack.files import alone_in, log_of, quarantine, remove_left_over, replacing
from fxtrack.model.capture import Capture, ReadFile, RefusedFile
from fxtrack.model.page import PageFile
from fxtrack.model.quote import Outcome
from fxtrack.model.run import CURRENT_RUN, Finding, Run, Tally
from fxtrack.store.connection import (
    Connection,
    connect_reader,
    connect_writer,
    let_go,
    on_processors,
    peek,
    store_errors,
    transaction,
    whole_database,
)
from fxtrack.store.lock import holder
from fxtrack.store.schema import check_version, prepare, script

if TYPE_CHECKING:
    import pyarrow as pa

_script = partial(script, "store/sql/batch")
_MANY_PAGES = 1_000  # of a batch


class Store:
    """An open store. Use `Store.open`, as a context manager."""

    def __init__(self, connection: Connection, path: Path, quarantine: list[str]) -> None:
        """Wrap a connection to a database whose schema is up to date.

        `quarantine` has a line for each file that was in the way of a new store.
        """
        self.connection = connection
        self.path = path
        self.put_aside = quarantine
        self.run_id: int | None = None

    @classmethod
    def open(cls, config: Config, most_seconds: float = float("inf")) -> Self:
        """Open the writer's database of a configuration, creating or migrating it.

        Args:
            config: says where, and how long to wait for another process that holds it.
            most_seconds: do not wait for longer than this, whatever the configuration says.

        Raises:
            StoreBusy: another process holds it.
            StoreTooNew: a newer version of the tool wrote it; it is left untouched.
            StoreError: it is no store, or cannot be opened.
        """
        path, wait = config.writer, min(config.settings.database.wait_seconds, most_seconds)
        found = _create(path) if not path.exists() or not path.stat().st_size else []
        with store_errors(path), connect_reader(path, wait) as reader:
            check_version(reader, path)
        store = cls(connect_writer(path, wait), path, found)
        try:
            with store_errors(path):
                prepare(store.connection)
            # nobody else can be writing, and only the service has runs that do other things meanwhile
            service = holder(config)
            store.end_killed(service.process if service else None)
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
        """Close the store, which lets others in."""
        _open.discard(self)
        self.connection.close()

    def unknown(self, files: Sequence[PageFile]) -> tuple[list[PageFile], int]:
        """Return the files that are not known by location, size and time of change, in the same order.

        The second value is how many pages the known ones hold.
        """
        lists = {
            "locations": [file.location for file in files], "sizes": [file.size for file in files],
            "mtimes": [file.mtime_ns for file in files],
        }  # fmt: skip
        ((numbers, known),) = self.query(_script("unknown"), lists)
        return [files[number] for number in numbers], int(known)

    def add(
        self,
        taken: Sequence[Capture],
        refused: Sequence[RefusedFile],
        now: dt.datetime,
        files: Sequence[ReadFile] = (),
    ) -> Tally:
        """Add a batch of pages in one transaction; pages whose content is known add nothing but their file.

        A known page that turns out to have been captured earlier takes that time, its location and all that follows.

        Args:
            taken: pages that were read.
            refused: files that could not be read.
            now: when, UTC.
            files: those of which every page is in this batch or an earlier one; they need not be read again.

        Returns:
            What was new and what came of it; all counts are of this batch.
        """
        from fxtrack.store.batch import batch_tables  # Arrow takes long to load: not where nothing is new

        tables = batch_tables(taken, refused, now.replace(tzinfo=None), files)
        damaged = sum(len(file.damages) for file in files)
        many = len(taken) >= _MANY_PAGES  # while these are stored, more are read
        with (
            self.tables(**tables),
            on_processors(self.connection, 1) if many else nullcontext(),
            self.transaction(),
        ):
            self.connection.execute(_script("known"))
            new = Counter(outcome for (outcome,) in self.query("SELECT outcome FROM fresh WHERE NOT known"))
            retaken = self.query("FROM retaken")
            errors_changed = self.query(_script("changed_errors"))
            if retaken:
                self.connection.execute(_script("take_out"))
            self.connection.execute(_script("add"))
            if retaken:
                self.connection.execute(_script("tidy"))
            if new or errors_changed or retaken:
                self.raise_generation(traced=True)
            tally = Tally(
                pages=len(taken) + len(refused) + damaged,
                new=new.total(),
                known=len(taken) - new.total(),
                no_ticker=new[Outcome.NO_TICKER],
                conflict=new[Outcome.CONFLICT],
                unreadable=new[Outcome.UNREADABLE] + len(refused) + damaged,
            )
            self.count(tally)
        let_go(self.connection)
        return tally

    def forget_missing(self, locations: Sequence[str]) -> None:
        """Drop the errors of files that are no longer there."""
        if locations:
            with self.transaction():
                self.connection.execute(
                    "DELETE FROM files WHERE list_contains(?, coalesce(archive, location))", [list(locations)]
                )
                self.raise_generation(traced=True)

    def failed_files(self) -> list[str]:
        """Return the locations of files that could not be read, and of archives with damages."""
        rows = self.query("SELECT DISTINCT coalesce(archive, location) FROM files WHERE error IS NOT NULL")
        return [location for (location,) in rows]

    def begin_run(self, run: Run) -> int:
        """Enter a run as running, unless it is already; what is added from now on is counted for it, batch by batch.

        Returns:
            Its number.
        """
        if run.run_id is None:
            ((number,),) = self.query(
                "INSERT INTO runs (run_id, job, scheduled_utc, started_utc, outcome, pages, new, known, no_ticker,"
                " conflict, unreadable, tool_version, process)"
                " SELECT coalesce(max(run_id), 0) + 1, $job, $scheduled, $started, 'running', 0, 0, 0, 0, 0, 0,"
                " $version, $process FROM runs RETURNING run_id",
                {
                    "job": run.job, "scheduled": run.scheduled_for and run.scheduled_for.replace(tzinfo=None),
                    "started": run.started.replace(tzinfo=None), "version": __version__, "process": os.getpid(),
                },
            )  # fmt: skip
            self.run_id = int(number)
        else:
            self.run_id = run.run_id
        CURRENT_RUN.set(self.run_id)
        return self.run_id

    def end_killed(self, living: int | None) -> None:
        """Enter as killed every run that still says that it runs, but for those of a living process."""
        self.query(
            "UPDATE runs SET outcome = 'killed' WHERE outcome = 'running' AND process IS DISTINCT FROM ?", [living]
        )

    def count(self, tally: Tally) -> None:
        """Add to the counts of the run."""
        assignments = ", ".join(f"{name} = {name} + ${name}" for name in asdict(tally))
        self.query(f"UPDATE runs SET {assignments} WHERE run_id = $run_id", {**asdict(tally), "run_id": self.run_id})

    def end_run(self, finding: Finding, now: dt.datetime) -> None:
        """Enter how the run ended."""
        self.query(
            "UPDATE runs SET outcome = ?, message = ?, ended_utc = ? WHERE run_id = ?",
            [str(finding.outcome), finding.message, now.replace(tzinfo=None), self.run_id],
        )

    def try_end_run(self, finding: Finding, now: dt.datetime) -> None:
        """Enter how the run ended where the store may be what failed; then the next opening calls it killed.

        Where a checkpoint fails, as on a full disk, DuckDB does nothing more before it has opened the file anew.
        """
        with suppress(StoreError):
            try:
                self.end_run(finding, now)
            except StoreError:
                self.connection.close()
                self.connection = connect_writer(self.path, 0)
                self.end_run(finding, now)

    def raise_generation(self, *, traced: bool = False) -> None:
        """Say that the data changed, so that the published file is out of date.

        Args:
            traced: the table `unsettled` says which snapshots that concerns. Else everything is settled again.
        """
        self.connection.execute(
            "UPDATE store_info SET generation = generation + 1,"
            " traced_generation = CASE WHEN $traced AND traced_generation = generation THEN generation + 1"
            " ELSE traced_generation END",
            {"traced": traced},
        )

    def identity(self) -> tuple[Any, ...]:
        """Return (store, generation, definitions): equal in two databases with the same content."""
        (identity,) = self.query("SELECT store_id, generation, views_digest FROM store_info")
        return identity

    def identity_of(self, path: Path) -> tuple[Any, ...] | None:
        """Return the identity of another file, None if it has none or cannot be opened.

        Raises:
            StoreBusy: a process has it open for writing.
        """
        return self._peek(path, "SELECT store_id, generation, views_digest FROM other.main.store_info")

    def last_run_of(self, path: Path) -> int | None:
        """Return the number of the last run in a copy of this store, None if the other file is none or has none.

        Raises:
            StoreBusy: a process has it open for writing.
        """
        query = "SELECT store_id, (SELECT max(run_id) FROM other.main.runs) FROM other.main.store_info"
        found = self._peek(path, query)
        return found[1] if found and found[0] == self.identity()[0] else None

    def _peek(self, path: Path, query: str) -> tuple[Any, ...] | None:
        if not path.exists():
            return None
        with store_errors(path):
            return peek(self.connection, path, query)

    def query(self, text: str, parameters: object = None) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows.

        Raises:
            StoreError: the database could not do it.
        """
        with store_errors(self.path):
            return self.connection.execute(text, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything within, or nothing."""
        with store_errors(self.path), transaction(self.connection):
            yield

    @contextmanager
    def tables(self, **tables: "pa.Table") -> Iterator[None]:
        """Let statements read Arrow tables by these names."""
        for name, table in tables.items():
            self.connection.register(name, table)
        try:
            yield
        finally:
            for name in tables:
                self.connection.unregister(name)


_open: set[Store] = set()


def interrupt_open_stores() -> None:
    """End the statements that other threads are at: each raises Interrupted there and is rolled back."""
    for store in tuple(_open):
        store.connection.interrupt()


def _create(path: Path) -> list[str]:
    """Make a new store under another name and give it its own when it is whole.

    Returns:
        A line for the log of a lost store, where one lay there: it is put aside, since it is of no use to a new one.
    """
    with alone_in(path.parent):
        if path.exists() and path.stat().st_size:
            return []  # another process was first
        found = []
        log = log_of(path)
        if log.exists():
            aside = quarantine(log, dt.datetime.now(dt.UTC))
            found.append(f"{log.name}: the log of a store that is gone; put aside as {aside.name}")
        remove_left_over(path)
        with replacing(path) as temporary, store_errors(path), whole_database(temporary) as connection:
            prepare(connection)
        return found
