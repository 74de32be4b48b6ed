"""Writes captures and files into the tables of the store, one transaction per batch."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from fxtrack.model.capture import Batch
from fxtrack.model.page import PageFile
from fxtrack.model.quote import Outcome
from fxtrack.model.run import Tally
from fxtrack.store.database.connection import let_go, on_processors
from fxtrack.store.database.errors import store_errors
from fxtrack.store.schema import script
from fxtrack.store.writer import Store

if TYPE_CHECKING:
    import pyarrow as pa

_script = partial(script, "store/sql/batch")
_MANY_PAGES = 1_000  # of a batch


def unknown_files(store: Store, files: Sequence[PageFile]) -> tuple[list[PageFile], int]:
    """Return the files that the store does not know by location, size and time of change, in the same order.

    The second value is the number of pages in the known ones.
    """
    lists = {
        "locations": [file.location for file in files], "sizes": [file.size for file in files],
        "mtimes": [file.mtime_ns for file in files],
    }  # fmt: skip
    ((numbers, known),) = store.query(_script("unknown"), lists)
    return [files[number] for number in numbers], int(known)


def add_captures(
    store: Store,
    batch: Batch,
    now: dt.datetime,
    count: Callable[[Tally], None] = lambda _tally: None,
) -> Tally:
    """Add a batch of captures in one transaction; a capture whose bytes are known adds a sighting.

    A known capture that turns out to be older takes the earlier time and its location; the known sighting stays beside.

    Args:
        store: open for writing.
        batch: parsed pages, files that were read to their end, and files that could not be read.
        now: start of the run, UTC.
        count: takes the counts of the batch, within its transaction.

    Returns:
        The counts of this batch.
    """
    from fxtrack.store.batch import batch_tables  # loaded only for new rows: Arrow takes long to load

    tables = batch_tables(batch, now)
    many = len(batch.captures) >= _MANY_PAGES  # the other processors read the next pages
    with store.tables(**tables), on_processors(store.connection, 1) if many else nullcontext():
        return _add(store, len(batch.captures), len(batch.failures), count)


def add_parts(
    store: Store, parts: "Mapping[str, pa.Table]", pages: tuple[int, int], now: dt.datetime,
    count: Callable[[Tally], None] = lambda _tally: None,
) -> Tally:  # fmt: skip
    """Add the tables of several batches, one behind the other, in one transaction.

    The result is that of adding the batches in order.

    Args:
        store: open for writing.
        parts: the tables of `batch_tables`, each with a column `part`: the number of the batch, in order.
        pages: the number of captures that were read for these rows, and of files and places that could not be read.
        now: start of the run, UTC.
        count: takes the counts, within the transaction.
    """
    store.query("SET VARIABLE taken_in = ?::TIMESTAMP", [now.replace(tzinfo=None)])
    with store.tables(**{f"part_{name}": table for name, table in parts.items()}), store_errors(store.path):
        store.connection.execute(_script("distinct"))
        tally = _add(store, *pages, count)
        store.connection.execute(_script("drop_distinct"))  # after an error they go with the connection
        return tally


def _add(store: Store, captures: int, failures: int, count: Callable[[Tally], None]) -> Tally:
    """Add the rows of `new_captures` and the other tables of a batch in one transaction."""
    with store.transaction():
        store.connection.execute(_script("known"))
        new = Counter(outcome for (outcome,) in store.query("SELECT outcome FROM fresh WHERE NOT known"))
        ((retaken, again),) = store.query("SELECT (SELECT count(*) FROM retaken), (SELECT count(*) FROM found_again)")
        errors_changed = store.query(_script("changed_errors"))
        if retaken:
            store.connection.execute(_script("take_out"))
        store.connection.execute(_script("add"))
        if again:
            store.connection.execute(_script("add_again"))
            count_sightings(store)
        if new or errors_changed or retaken or again:
            store.raise_generation(traced=True)
        tally = Tally(
            pages=captures + failures,
            new=new.total(),
            known=captures - new.total(),
            no_ticker=new[Outcome.NO_TICKER],
            conflict=new[Outcome.CONFLICT],
            unreadable=new[Outcome.UNREADABLE] + failures,
        )
        count(tally)
    let_go(store.connection)
    return tally


def count_sightings(store: Store) -> None:
    """Decide, for the captures in the table `recounted`, which sighting counts for each snapshot."""
    store.connection.execute(_script("count_again"))


def forget_files(store: Store, locations: Sequence[str]) -> None:
    """Drop the errors of files that no longer exist."""
    if locations:
        with store.transaction():
            store.connection.execute(
                "DELETE FROM files WHERE list_contains(?, coalesce(archive, location))", [list(locations)]
            )
            store.raise_generation(traced=True)


def failed_files(store: Store) -> list[str]:
    """Return the locations of files that could not be read, and of archives with damages."""
    rows = store.query("SELECT DISTINCT coalesce(archive, location) FROM files WHERE error IS NOT NULL")
    return [location for (location,) in rows]


def file_errors(store: Store) -> set[tuple[str, str]]:
    """Return location and reason of each file, or place in a file, that cannot be read."""
    return {(location, error) for location, error in store.query("SELECT location, error FROM files WHERE error <> ''")}
