"""Reads every stored page again after a change of grammar or of code, shows the differences, and applies them.

    with Store.open(config) as store:
        again = reparse(store, config, now)     # reads the pages and changes nothing
        again.rows, again.kept                  # differences; captures that cannot be read again
        apply(store)                            # one transaction

The files that the store knows go through the same steps as at ingest, so that the result is that of a rebuild: WARC
files may hold records for a new source, and files that could not be read are tried again. A capture whose page is gone
or has changed cannot be read again and is kept unchanged; the new content of a changed file is left to ingest. A
sighting whose page is gone is derived from the same bytes elsewhere.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from fxtrack.config.config import Config
from fxtrack.errors import PageError
from fxtrack.ingest.capture import capture_of
from fxtrack.ingest.ingest import IngestReport, batches
from fxtrack.ingest.pool import Readers
from fxtrack.model.capture import Batch, Capture, ReadFile
from fxtrack.model.location import is_in_bucket, path_of, split_location
from fxtrack.model.page import PageFile
from fxtrack.model.run import Finding, Run, RunOutcome
from fxtrack.pages.contents import NO_SOURCE, SourcedPage, exists_at, page_at, size_at
from fxtrack.pages.discover import FilePath, find_pages
from fxtrack.runs.record import Recorder, recording
from fxtrack.store.batch import batch_tables
from fxtrack.store.captures import count_sightings
from fxtrack.store.publish import is_current
from fxtrack.store.query import Rows
from fxtrack.store.schema import script
from fxtrack.store.settling.recompute import recompute
from fxtrack.store.writer import Store

_script = partial(script, "store/sql/reparse")

COLUMNS = ("change", "object", "location", "capture_id", "pair", "field", "before", "after")


@dataclass(frozen=True, slots=True)
class KeptCapture:
    """A capture that cannot be read again and stays unchanged, and the reason."""

    location: str
    capture_id: str
    reason: str


@dataclass(slots=True)
class Reparse:
    """The result of reading all pages again.

    Attributes:
        pages: number of pages that were read.
        rows: the differences: change, object, location, capture_id, pair, field, before, after.
        kept: captures that cannot be read again.
        files: number of files, and places in WARC files, that can be read now, or that fail for another reason.
    """

    pages: int = 0
    rows: Rows = field(default_factory=lambda: Rows(COLUMNS, []))
    kept: list[KeptCapture] = field(default_factory=list)
    files: int = 0

    @property
    def is_empty(self) -> bool:
        """True if there is no difference."""
        return not self.rows.rows and not self.files

    def count(self, kind: str) -> Counter[str]:
        """Return the number of captures (or quotes) added, removed and changed; each counts once."""
        records = [record for record in self.rows.records() if record["object"] == kind]
        distinct = {(record["change"], record["capture_id"], record["pair"]) for record in records}
        return Counter(change for change, *_ in distinct)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A sighting in the store."""

    location: str
    uri: str | None
    captured_utc: dt.datetime | None


@dataclass(frozen=True, slots=True)
class _Known:
    """A file in the store; a WARC file has neither capture nor error, but may have damages."""

    size: int | None
    capture_id: str | None
    error: str | None
    pages: int | None
    damages: frozenset[tuple[str, str]] = frozenset()

    def is_same(self, read: ReadFile) -> bool:
        """Return whether the file reads as before."""
        return self.error is None and (self.pages, self.damages) == (read.pages, _damages(read))


def reparse(
    store: Store, config: Config, now: dt.datetime, on_batch: Callable[[int], None] = lambda _pages: None
) -> Reparse:
    """Read every stored page again and compare; the store does not change.

    Args:
        store: open for writing; temporary tables of its connection hold the result.
        config: the configuration in force.
        now: UTC.
        on_batch: called with the number of pages so far after each batch.

    Raises:
        StoreError: the store cannot be read.
    """
    again = Reparse()
    store.query(_script("begin"))
    stored = _sightings(store)
    files = _files(store)
    reasons: dict[str, str] = {}
    seen: dict[str, list[str]] = defaultdict(list)  # by capture, where it was read again
    with Readers(config, now) as readers:
        intakes = readers.read(_on_disk(files, config))
        for batch in batches(intakes, config.settings.ingest.batch_pages, IngestReport()):
            taken = [page for page in batch.captures if _is_wanted(page, stored, files, config)]
            refused = [r for r in batch.refused if files[r.location].error not in {None, r.reason}]
            reasons |= {r.location: r.reason for r in batch.refused}
            # the new page of a changed file is left to ingest
            different = [
                read for read in batch.files
                if not files[read.file.location].is_same(read) and _is_unchanged(read.file, files[read.file.location])
            ]  # fmt: skip
            with store.tables(**batch_tables(Batch(taken, refused, different), now)):
                store.query(_script("add"))
            for page in taken:
                seen[page.capture_id].append(page.location)
            known = [(files[read.file.location], read) for read in different]
            again.files += len(refused) + sum(k.error is not None or k.damages != _damages(read) for k, read in known)
            again.pages += len(taken)
            on_batch(again.pages)
    dropped = []
    for capture_id, sightings in sorted(stored.items(), key=lambda item: (item[1][0].location, item[0])):
        unseen = [sighting for sighting in sightings if sighting.location not in seen[capture_id]]
        found = [_not_seen(capture_id, sighting, seen[capture_id], reasons, config) for sighting in unseen]
        if kept := [one for one in found if isinstance(one, KeptCapture)]:
            again.kept.append(kept[0])
        elif derived := [one for one in found if isinstance(one, Capture)]:
            for one in derived:
                with store.tables(**batch_tables(Batch([one]), now)):
                    store.query(_script("add"))
        elif not seen[capture_id]:
            dropped.append(capture_id)
    if dropped:
        store.query("INSERT INTO again_dropped SELECT unnest(?), ?", [dropped, NO_SOURCE])
    again.rows = Rows(COLUMNS, store.query(_script("diff")))
    return again


def apply(store: Store, config: Config, now: dt.datetime) -> list[str]:
    """Replace the stored rows by the result of `reparse` in one transaction, as one row of `runs`, and publish it.

    Args:
        store: the store that `reparse` was called with, still open.
        config: the configuration in force.
        now: start of the run, UTC.

    Returns:
        A line for each quarantined file that had the name of the store or of the published file.

    Raises:
        StoreError: the store cannot be written; it stays as it was.
        FxtrackError: the published file cannot be written; the previous one stays.
    """
    with recording(config, Run("reparse", now), store) as recorder:
        with store.transaction():
            store.connection.execute(_script("apply"))
            count_sightings(store)
            store.connection.execute(script("store/sql/forget", "place"))
            store.raise_generation()
        return _finish(recorder, now)


def is_incomplete(store: Store, config: Config) -> bool:
    """Return whether an earlier change is not yet in the reports or in the published file: it was broken off."""
    return not (store.is_settled() and is_current(store, config.database))


def complete(store: Store, config: Config, now: dt.datetime) -> list[str]:
    """Recompute and publish what an earlier change left to do, as one row of `runs`; raise and return as `apply`."""
    with recording(config, Run("reparse", now), store) as recorder:
        return _finish(recorder, now)


def _finish(recorder: Recorder, now: dt.datetime) -> list[str]:
    recompute(recorder.store, recorder.config, now)
    recorder.end(Finding(RunOutcome.DONE))
    return recorder.quarantined


def _sightings(store: Store) -> dict[str, list[_Stored]]:
    """Return the sightings of each capture, its own row first."""
    found: dict[str, list[_Stored]] = defaultdict(list)
    for table in ("captures", "further_sightings"):
        for name, location, uri, captured in store.query(
            f"SELECT capture_id, location, uri, captured_utc FROM {table} WHERE outcome IS NOT NULL"
        ):
            found[name].append(_Stored(location, uri, captured.replace(tzinfo=dt.UTC) if captured else None))
    return found


def _files(store: Store) -> dict[str, _Known]:
    damages: dict[str, set[tuple[str, str]]] = {}
    for warc, location, error in store.query("SELECT archive, location, error FROM files WHERE archive IS NOT NULL"):
        damages.setdefault(warc, set()).add((location, error))
    rows = store.query(
        "SELECT location, size, capture_id, error, pages FROM files WHERE archive IS NULL ORDER BY location"
    )
    return {
        location: _Known(size, capture_id, error, pages, frozenset(damages.get(location, ())))
        for location, size, capture_id, error, pages in rows
    }


def _damages(read: ReadFile) -> frozenset[tuple[str, str]]:
    return frozenset((damage.location, damage.reason) for damage in read.damages)


def _is_unchanged(file: PageFile, known: _Known) -> bool:
    """Return whether a file has the size of the one that was read; an unreadable file counts as unchanged."""
    return known.error is not None or file.size == known.size


def _on_disk(locations: Iterable[str], config: Config) -> Iterator[PageFile]:
    for location in locations:
        path: FilePath = location if is_in_bucket(location) else path_of(location, config.root)
        if exists_at(location, config) if isinstance(path, str) else path.is_file():
            yield from (
                found
                for found in find_pages([path], (), config.root, config.link_folders)
                if isinstance(found, PageFile)
            )


def _is_wanted(page: Capture, stored: dict[str, list[_Stored]], files: dict[str, _Known], config: Config) -> bool:
    """Return whether to compare a page."""
    if page.capture_id in stored:
        return True
    location, _ = split_location(page.location, config.root)
    file = files[location]
    changed = file.size != size_at(location, config)
    return file.error is not None or (file.capture_id is None and not changed)


def _not_seen(
    capture_id: str, before: _Stored, elsewhere: Sequence[str], reasons: dict[str, str], config: Config
) -> Capture | KeptCapture | None:
    """Return a sighting that was not read in its place, derived from the same bytes there or elsewhere.

    Returns:
        The sighting; a note where its bytes are gone; None if no source takes it.
    """
    path, _ = split_location(before.location, config.root)
    reason = reasons.get(path)
    for location in (before.location, *elsewhere):
        try:
            page = page_at(location, config)
        except PageError as error:
            reason = reason or str(error)
            continue
        if page.capture_id == capture_id:
            page = page._replace(location=before.location, uri=before.uri, captured_utc=before.captured_utc)
            source = config.source_of(path, page.uri)
            return capture_of(SourcedPage(page, source), config) if source else None
        reason = reason or "another page is there now"
    return KeptCapture(before.location, capture_id, str(reason))
