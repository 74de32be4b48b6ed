"""Pages into the store: list, leave out what is known, read, decode, read the ticker, store. A bad page is a row."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from fxtrack.batch import ReadFile, RefusedFile, TakenPage
from fxtrack.captures import Capture, Unread, captures_in
from fxtrack.config import Config
from fxtrack.dating import date_of_page
from fxtrack.errors import PageError
from fxtrack.limits import BATCH_BYTES, LISTING_FILES, REMARKS, UNSETTLED_SECONDS
from fxtrack.pages import PageFile, PassedOver, Skipped, find_pages
from fxtrack.progress import Progress
from fxtrack.reading import read
from fxtrack.snapshot import Outcome, Reading
from fxtrack.store import Store, Tally

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
    held: int = 0  # bytes of pages that were read for it

    def is_full(self, pages: int, size: int) -> bool:
        """Tell whether so many further bytes belong into another batch."""
        items = len(self.taken) + len(self.refused)
        return bool(items) and (items >= pages or self.held + size > BATCH_BYTES)


def ingest(
    store: Store, config: Config, paths: Sequence[Path], now: dt.datetime, on_batch: Callable[[Progress], None]
) -> IngestReport:
    """Take pages into the store, a transaction a batch.

    Args:
        store: open for writing.
        config: says which names are pages and how each source prints.
        paths: files and folders.
        now: the time of this run, UTC.
        on_batch: called with how far it has come after each commit.

    Raises:
        PageError: one of `paths` does not exist; nothing was done.
        StoreError: a batch could not be stored; it is rolled back, earlier ones are kept.
    """
    report = IngestReport()
    seen_failing: set[str] = set()
    done_bytes = total_bytes = 0
    for listing in _batched(find_pages(paths, config.settings.ingest.include, config.root), LISTING_FILES):
        files = [entry for entry in listing if isinstance(entry, PageFile)]
        report.passed_over += sum(isinstance(entry, PassedOver) for entry in listing)
        unlisted = [RefusedFile(e.location, None, e.reason) for e in listing if isinstance(e, Skipped)]
        wanted, known = store.unknown(files)
        total_bytes += sum(file.size for file in wanted)
        report.tally = report.tally.plus(Tally(pages=known, known=known))
        if known:
            store.count(Tally(pages=known, known=known))
        for batch in read_batches(wanted, config, now, report):
            _add(store, report, batch, now)
            seen_failing |= {r.location for r in batch.refused}
            done_bytes += sum(f.file.size for f in batch.files) + sum(r.size or 0 for r in batch.refused)
            tally = report.tally
            on_batch(Progress(done_bytes, total_bytes, tally.pages - tally.known, tally.new))
        if unlisted:
            _add(store, report, Batch(refused=unlisted), now)
            seen_failing |= {r.location for r in unlisted}
    store.forget_missing([f for f in store.failed_files() if f not in seen_failing and not (config.root / f).exists()])
    return report


def read_batches(files: Iterable[PageFile], config: Config, now: dt.datetime, report: IngestReport) -> Iterator[Batch]:
    """Read files and yield what was read, a batch at a time.

    A file is in the batch of its last page: a run that is killed before has it read again.
    """
    most = config.settings.ingest.batch_pages
    batch = Batch()
    for file in files:
        if batch.is_full(most, file.size):
            yield batch
            batch = Batch()
        pages, last = 0, None
        damages: list[RefusedFile] = []
        try:
            for found in captures_in(file, config):
                if isinstance(found, Capture):
                    size = len(found.page.data)
                    if batch.is_full(most, size):
                        yield batch
                        batch = Batch()
                    last = take(found)
                    batch.taken.append(last)
                    batch.held += size
                    pages += 1
                elif isinstance(found, Unread):
                    damages.append(RefusedFile(found.location, None, found.reason))
                else:
                    report.no_captures[found.reason] += 1
        except PageError as error:
            batch.refused.append(RefusedFile(file.location, file.size, str(error)))
            continue
        single = last.capture_id if last and last.location == file.location else None
        batch.files.append(ReadFile(file, _is_settled(file, now), pages, single, tuple(damages)))
    if batch.taken or batch.refused or batch.files:
        yield batch


def take(capture: Capture) -> TakenPage:
    """Read what a page says."""
    page, source = capture.page, capture.source
    reading = read(page, source.grammar)
    date = date_of_page(reading.page_date, page.captured_utc, source.time_zone, source.max_capture_days)
    return TakenPage(page.location, page.capture_id, source.name, reading, page.captured_utc, page.uri, date)


def _is_settled(file: PageFile, now: dt.datetime) -> bool:
    """Tell whether a file is as it was listed, and has been for long enough."""
    try:
        found = os.stat(file.path)
    except OSError:
        return False
    same = (found.st_size, found.st_mtime_ns) == (file.size, file.mtime_ns)
    return same and now.timestamp() - file.mtime_ns / 1e9 > UNSETTLED_SECONDS


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
