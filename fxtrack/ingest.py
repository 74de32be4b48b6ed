"""Pages into the store: list, leave out what is known, read, decode, read the ticker, store. A bad page is a row."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from fxtrack.batch import RefusedFile, TakenPage
from fxtrack.config import Config
from fxtrack.decode import decode
from fxtrack.errors import PageError
from fxtrack.limits import BATCH_BYTES, LISTING_FILES, REMARKS, UNSETTLED_SECONDS
from fxtrack.pages import PageFile, PassedOver, Skipped, find_pages, read_page
from fxtrack.snapshot import Outcome, Reading
from fxtrack.store import Store, Tally
from fxtrack.ticker import read_ticker

T = TypeVar("T")


@dataclass(slots=True)
class IngestReport:
    """What an ingest did: counts, and a line for each of the first pages that need a word.

    `passed_over` counts files whose names are not those of pages, `refused` files that could not be read, and `unsaid`
    the pages that need a word and for which `remarks` had no room.
    """

    tally: Tally = field(default_factory=Tally)
    passed_over: int = 0
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


def ingest(
    store: Store, config: Config, paths: Sequence[Path], now: dt.datetime, on_batch: Callable[[Tally], None]
) -> IngestReport:
    """Take pages into the store, a transaction a batch.

    Args:
        store: open for writing.
        config: says which names are pages and how each source prints.
        paths: files and folders.
        now: the time of this run, UTC.
        on_batch: called with the counts so far after each commit.

    Raises:
        PageError: one of `paths` does not exist; nothing was done.
        StoreError: a batch could not be stored; it is rolled back, earlier ones are kept.
    """
    report = IngestReport()
    seen_failing: set[str] = set()
    for listing in _batched(find_pages(paths, config.settings.ingest.include, config.root), LISTING_FILES):
        files = [entry for entry in listing if isinstance(entry, PageFile)]
        report.passed_over += sum(isinstance(entry, PassedOver) for entry in listing)
        unlisted = [RefusedFile(e.location, None, e.reason) for e in listing if isinstance(e, Skipped)]
        wanted = store.unknown(files)
        known = len(files) - len(wanted)
        report.tally = report.tally.plus(Tally(pages=known, known=known))
        if known:
            store.count(Tally(pages=known, known=known))
        for batch in _sized(wanted, config.settings.ingest.batch_pages):
            taken, refused = _take(batch, config, now)
            _add(store, report, taken, refused, now)
            seen_failing |= {r.location for r in refused}
            on_batch(report.tally)
        if unlisted:
            _add(store, report, [], unlisted, now)
            seen_failing |= {r.location for r in unlisted}
    store.forget_missing([f for f in store.failed_files() if f not in seen_failing and not (config.root / f).exists()])
    return report


def take_page(page: PageFile, config: Config, now: dt.datetime) -> TakenPage | RefusedFile:
    """Read one page file and what its text says."""
    source = config.source_of(page.location)
    if source is None:
        return RefusedFile(page.location, page.size, "no source in the configuration has a pattern that matches it")
    try:
        data = read_page(page, config.settings.ingest.max_page_bytes)
    except PageError as error:
        return RefusedFile(page.location, page.size, str(error))
    decoded = decode(data)
    if decoded.text is None:
        reading = Reading(Outcome.UNREADABLE, detail=decoded.note)
    else:
        reading = read_ticker(decoded.text, source.grammar)
        if decoded.note:
            reading = reading.noting(decoded.note)
    settled = len(data) == page.size and now.timestamp() - page.mtime_ns / 1e9 > UNSETTLED_SECONDS
    return TakenPage(page, settled, hashlib.sha256(data).hexdigest(), source.name, reading)


def _take(batch: Iterable[PageFile], config: Config, now: dt.datetime) -> tuple[list[TakenPage], list[RefusedFile]]:
    taken: list[TakenPage] = []
    refused: list[RefusedFile] = []
    for page in batch:
        result = take_page(page, config, now)
        if isinstance(result, TakenPage):
            taken.append(result)
        else:
            refused.append(result)
    return taken, refused


def _add(
    store: Store, report: IngestReport, taken: list[TakenPage], refused: list[RefusedFile], now: dt.datetime
) -> None:
    added = store.add(taken, refused, now)
    report.tally = report.tally.plus(added)
    report.refused += len(refused)
    report.remark(f"{r.location}: {r.reason}" for r in refused)
    report.remark(f"{t.file.location}: {_remark(t.reading)}" for t in taken if t.reading.needs_a_word)


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


def _sized(pages: Iterable[PageFile], most: int) -> Iterator[list[PageFile]]:
    batch: list[PageFile] = []
    held = 0
    for page in pages:
        if batch and (len(batch) >= most or held + page.size > BATCH_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(page)
        held += page.size
    if batch:
        yield batch
