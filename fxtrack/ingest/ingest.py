"""Pages into the store: list, leave out what is known, read, decode, read the ticker, store. A bad page is a row."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from fxtrack.config.config import Config
from fxtrack.ingest.pool import Readers
from fxtrack.ingest.worker import Intake
from fxtrack.limits import LISTING_FILES, REMARKS
from fxtrack.model.capture import Capture, ReadFile, RefusedFile
from fxtrack.model.location import path_of
from fxtrack.model.page import PageFile
from fxtrack.model.quote import Outcome, Reading
from fxtrack.model.run import Progress, Tally
from fxtrack.pages.discover import OtherFile, find_pages
from fxtrack.store.writer import Store

T = TypeVar("T")
Intakes = Iterator[tuple[PageFile, Intake]]
"""What came of files, in order; of an archive in bits."""


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

    taken: list[Capture] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    files: list[ReadFile] = field(default_factory=list)
    size: int = 0  # bytes that were read for it, as they lie on disk

    def __len__(self) -> int:
        """Return how many pages and refused files it has."""
        return len(self.taken) + len(self.refused)


class FileListing:
    """The files at some paths, and what is known of them so far.

    Attributes:
        bytes: of all files that were listed.
        known_bytes: of those that the store knows.
        passed_over: how many have names that are not those of pages.
        unlisted: what could not be listed.
    """

    def __init__(self, config: Config, paths: Sequence[Path]) -> None:
        """List the files at `paths` that `config` takes for pages, when they are asked for."""
        self.bytes = self.known_bytes = self.passed_over = 0
        self._found = find_pages(paths, config.settings.ingest.include, config.root, config.link_folders)
        self.unlisted: list[RefusedFile] = []

    def all(self) -> Iterator[PageFile]:
        """Yield every file.

        Raises:
            PageError: one of the paths does not exist.
        """
        for entry in self._found:
            if isinstance(entry, PageFile):
                self.bytes += entry.size
                yield entry
            elif isinstance(entry, OtherFile):
                self.passed_over += 1
            else:
                self.unlisted.append(RefusedFile(entry.location, None, entry.reason))

    def unknown_to(self, store: Store, report: IngestReport) -> Iterator[PageFile]:
        """Yield the files that a store does not know, and count the others.

        Raises:
            PageError: one of the paths does not exist.
        """
        for files in _batched(self.all(), LISTING_FILES):
            unknown, known = store.unknown(files)
            self.known_bytes += sum(file.size for file in files) - sum(file.size for file in unknown)
            report.tally = report.tally.plus(Tally(pages=known, known=known))
            if known:
                store.count(Tally(pages=known, known=known))
            yield from unknown


def ingest(
    store: Store, readers: Readers, listing: FileListing, begun: Intakes | None, on_batch: Callable[[Progress], None]
) -> IngestReport:
    """Take pages into the store, a transaction a batch.

    Args:
        store: open for writing.
        readers: read the pages; their configuration and time are those of the run.
        listing: which pages.
        begun: what the readers make of them all, where it is clear that they are new; None to ask the store first.
        on_batch: called with how far it has come after each commit.

    Raises:
        PageError: one of the listed paths does not exist; nothing was done.
        StoreError: a batch could not be stored; it is rolled back, earlier ones are kept.
        FxtrackError: a process that reads pages was lost; earlier batches are kept.
    """
    config, now = readers.config, readers.now
    report = IngestReport()
    done_bytes = 0
    seen_failing: set[str] = set()
    intakes = begun or readers.read(listing.unknown_to(store, report))
    for batch in batches(intakes, config.settings.ingest.batch_pages, report):
        _add(store, report, batch, now)
        seen_failing |= {r.location for r in batch.refused}
        done_bytes += batch.size
        tally = report.tally
        on_batch(Progress(done_bytes + listing.known_bytes, listing.bytes, tally.pages - tally.known, tally.new))
    readers.end()  # what comes now needs the memory
    report.passed_over = listing.passed_over
    if listing.unlisted:
        _add(store, report, Batch(refused=listing.unlisted), now)
        seen_failing |= {r.location for r in listing.unlisted}
    failed = [location for location in store.failed_files() if location not in seen_failing]
    store.forget_missing([location for location in failed if not path_of(location, config.root).exists()])
    return report


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
