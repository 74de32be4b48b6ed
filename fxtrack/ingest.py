"""Pages into the store: list, leave out what is known, read, decode, read the ticker, store. A bad page is a row."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from fxtrack.limits import LISTING_FILES, REMARKS
from fxtrack.pages import PageFile, PassedOver, Skipped, find_pages
from fxtrack.progress import Progress
from fxtrack.reader import Intake
from fxtrack.readers import Readers
from fxtrack.snapshot import Outcome, Reading
from fxtrack.store import Store, Tally
from fxtrack.taken import ReadFile, RefusedFile, TakenPage

T = TypeVar("T")


@dataclass(slots=True)
class IngestReport:
    """What an ingest did: counts, and a line for each of the first pages that need a word.

    `passed_over` counts files whose names are not those of pages, `no_captures` records of archives by why they are no
    captures of pages, `refused` files and places in them that could not be read, and `unsaid` the pages that need a
    word and for which `remarks` had no room.
    """

    tally: Tally = field(default_factory=Tally)
    passed_over: int = 0
    no_captures: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    remarks: list[str] = field(default_factory=list)
    unsaid: int = 0

    def remark(self, lines: Iterable[str]) -> None:
        """Take lines up to the limit, and count the rest."""
        for line in lines:
            if len(self.remarks) < REMARKS:
                self.remarks.append(line)
            else:
                self.unsaid += 1


@dataclass(slots=True)
class Batch:
    """What goes into one transaction."""

    taken: list[TakenPage] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    files: list[ReadFile] = field(default_factory=list)
    size: int = 0  # bytes that were read for it, as they lie on disk

    def __len__(self) -> int:
        """Return how many pages and refused files it has."""
        return len(self.taken) + len(self.refused)


def ingest(store: Store, readers: Readers, paths: Sequence[Path], on_batch: Callable[[Progress], None]) -> IngestReport:
    """Take pages into the store, a transaction a batch.

    Args:
        store: open for writing.
        readers: read the pages; their configuration and time are those of the run.
        paths: files and folders.
        on_batch: called with how far it has come after each commit.

    Raises:
        PageError: one of `paths` does not exist; nothing was done.
        StoreError: a batch could not be stored; it is rolled back, earlier ones are kept.
        FxtrackError: a process that reads pages was lost; earlier batches are kept.
    """
    config, now = readers.config, readers.now
    report = IngestReport()
    listing = _Listing()
    done_bytes = 0
    seen_failing: set[str] = set()
    wanted = listing.wanted(store, find_pages(paths, config.settings.ingest.include, config.root), report)
    for batch in batches(readers.read(wanted), config.settings.ingest.batch_pages, report):
        batch.refused += listing.take_unlisted()
        _add(store, report, batch, now)
        seen_failing |= {r.location for r in batch.refused}
        done_bytes += batch.size
        tally = report.tally
        on_batch(Progress(done_bytes + listing.known_bytes, listing.bytes, tally.pages - tally.known, tally.new))
    readers.end()  # what comes now needs the memory
    if unlisted := listing.take_unlisted():
        _add(store, report, Batch(refused=unlisted), now)
        seen_failing |= {r.location for r in unlisted}
    store.forget_missing([f for f in store.failed_files() if f not in seen_failing and not (config.root / f).exists()])
    return report


@dataclass(slots=True)
class _Listing:
    """What was listed so far: bytes in all, bytes of files that are known, and what could not be listed."""

    bytes: int = 0
    known_bytes: int = 0
    unlisted: list[RefusedFile] = field(default_factory=list)

    def wanted(
        self, store: Store, listing: Iterable[PageFile | PassedOver | Skipped], report: IngestReport
    ) -> Iterator[PageFile]:
        """Yield the files that the store does not know, and keep count of all others."""
        for listed in _batched(listing, LISTING_FILES):
            files = [entry for entry in listed if isinstance(entry, PageFile)]
            report.passed_over += sum(isinstance(entry, PassedOver) for entry in listed)
            self.unlisted += [RefusedFile(e.location, None, e.reason) for e in listed if isinstance(e, Skipped)]
            wanted, known = store.unknown(files)
            size = sum(file.size for file in files)
            self.bytes += size
            self.known_bytes += size - sum(file.size for file in wanted)
            report.tally = report.tally.plus(Tally(pages=known, known=known))
            if known:
                store.count(Tally(pages=known, known=known))
            yield from wanted

    def take_unlisted(self) -> list[RefusedFile]:
        """Return what could not be listed since the last time."""
        unlisted, self.unlisted = self.unlisted, []
        return unlisted


def batches(intakes: Iterable[tuple[PageFile, Intake]], most: int, report: IngestReport) -> Iterator[Batch]:
    """Make batches of what was read.

    A file is in the batch of its last page: a run that is killed before has it read again.
    """
    batch = Batch()
    pages, last = 0, None
    damages: list[RefusedFile] = []
    for file, intake in intakes:
        for page in intake.taken:
            if len(batch) >= most:
                yield batch
                batch = Batch()
            batch.taken.append(page)
            pages, last = pages + 1, page
        batch.size += intake.size
        damages += intake.damages
        report.no_captures.update(intake.no_captures)
        if not intake.ends:
            continue
        if intake.refused is not None:
            if len(batch) >= most:
                yield batch
                batch = Batch()
            batch.refused.append(RefusedFile(file.location, file.size, intake.refused))
        else:
            single = last.capture_id if last and last.location == file.location else None
            batch.files.append(ReadFile(file, intake.settled, pages, single, tuple(damages)))
        pages, last, damages = 0, None, []
    if batch.taken or batch.refused or batch.files:
        yield batch


def _add(store: Store, report: IngestReport, batch: Batch, now: dt.datetime) -> None:
    added = store.add(batch.taken, batch.refused, now, batch.files)
    refused = [*batch.refused, *(damage for file in batch.files for damage in file.damages)]
    report.tally = report.tally.plus(added)
    report.refused += len(refused)
    report.remark(f"{r.location}: {r.reason}" for r in refused)
    report.remark(f"{t.location}: {_remark(t.reading)}" for t in batch.taken if t.reading.needs_a_word)


def _remark(reading: Reading) -> str:
    if reading.outcome is Outcome.CONFLICT:
        pairs = sorted(
            {v.quote.pair for v in reading.variants if sum(v.quote.pair == o.quote.pair for o in reading.variants) > 1}
        )
        return f"conflict: the repeats disagree{' on ' + ', '.join(pairs) if pairs else ''}; see problems"
    return f"{reading.outcome}: {reading.detail}" if reading.outcome is not Outcome.OK else str(reading.detail)


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
