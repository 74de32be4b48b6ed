"""Pages into the store: list files, skip known ones, read the rest, store them in batches. A bad page is a row."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from fxtrack.config.config import Config
from fxtrack.ingest.part import Intake
from fxtrack.ingest.pool import Readers
from fxtrack.limits import LISTING_FILES, REMARKS
from fxtrack.model.capture import Batch, ReadFile, RefusedFile
from fxtrack.model.page import PageFile
from fxtrack.model.quote import Outcome, Reading
from fxtrack.model.run import Finding, Progress, Tally
from fxtrack.pages.contents import exists_at
from fxtrack.pages.discover import FilePath, OtherFile, find_pages
from fxtrack.store.captures import add_captures, failed_files, forget_files, unknown_files
from fxtrack.store.writer import Store

T = TypeVar("T")
AddTally = Callable[[Tally], None]
Intakes = Iterator[tuple[PageFile, Intake]]
"""Intakes of files, in order; a WARC file has several."""


@dataclass(slots=True)
class IngestReport:
    """Counts of an ingest, and remarks on the first pages that need one.

    Attributes:
        tally: the counts of the run.
        skipped_files: files whose names match no pattern of `ingest.include`.
        skipped_records: records of WARC files that are no page of a source, by reason.
        refused: files, and places in them, that could not be read.
        remarks: at most `REMARKS` lines.
        unsaid: number of further remarks.
        findings: what else makes the outcome of the run.
    """

    tally: Tally = field(default_factory=Tally)
    skipped_files: int = 0
    skipped_records: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    remarks: list[str] = field(default_factory=list)
    unsaid: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def record(self) -> dict[str, Any]:
        """Refused and skipped files and records, and the remarks, as names and values."""
        return {
            "refused": self.refused,
            "skipped_files": self.skipped_files,
            "skipped_records": dict(self.skipped_records),
            "remarks": self.remarks,
            "further_remarks": self.unsaid,
        }

    def remark(self, lines: Iterable[str]) -> None:
        """Keep lines up to the limit and count the rest."""
        for line in lines:
            if len(self.remarks) < REMARKS:
                self.remarks.append(line)
            else:
                self.unsaid += 1

    def note(self, batch: Batch) -> None:
        """Count what could not be read in a batch, and remark on its pages."""
        failures = batch.failures
        self.refused += len(failures)
        self.remark(f"{f.location}: {f.reason}" for f in failures)
        self.remark(f"{t.location}: {remark_on(t.reading)}" for t in batch.captures if t.reading.needs_a_word)


class FileListing:
    """The files at some paths, listed as they are consumed.

    Attributes:
        bytes: size of all listed files.
        files: number of listed files.
        known_bytes: size of those that the store knows.
        skipped_files: number of files whose names match no pattern of `ingest.include`.
        unlisted: paths that could not be listed.
    """

    def __init__(self, config: Config, paths: Sequence[FilePath]) -> None:
        """List the files at `paths` that `config` takes for pages."""
        self.bytes = self.files = self.known_bytes = self.skipped_files = 0
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
                self.files += 1
                yield entry
            elif isinstance(entry, OtherFile):
                self.skipped_files += 1
            else:
                self.unlisted.append(RefusedFile(entry.location, None, entry.reason))

    def unknown_to(self, store: Store, report: IngestReport, count: AddTally) -> Iterator[PageFile]:
        """Yield the files that a store does not know, and count the known ones.

        Raises:
            PageError: one of the paths does not exist.
        """
        for files in _batched(self.all(), LISTING_FILES):
            unknown, known = unknown_files(store, files)
            self.known_bytes += sum(file.size for file in files) - sum(file.size for file in unknown)
            report.tally = report.tally.plus(Tally(pages=known, known=known))
            if known:
                count(Tally(pages=known, known=known))
            yield from unknown


def ingest(  # noqa: PLR0913, PLR0917 -- two callbacks besides
    store: Store, readers: Readers, listing: FileListing, begun: Intakes | None, on_batch: Callable[[Progress], None],
    count: AddTally = lambda _tally: None,
) -> IngestReport:  # fmt: skip
    """Ingest pages into the store, one transaction a batch.

    Args:
        store: open for writing.
        readers: read the pages, with the configuration and start of the run.
        listing: the files.
        begun: the intakes of all files, if none can be known; None to look the files up in the store first.
        on_batch: called with the progress after each commit.
        count: called with the counts of each batch, within its transaction.

    Raises:
        PageError: one of the listed paths does not exist; nothing was done.
        StoreError: a batch could not be stored; it is rolled back, and earlier ones are kept.
        FxtrackError: a reading process died; earlier batches are kept.
    """
    config, now = readers.config, readers.now
    report = IngestReport()
    done_bytes = 0
    seen_failing: set[str] = set()
    intakes = begun or readers.read(listing.unknown_to(store, report, count))
    for batch in batches(intakes, config.settings.ingest.batch_pages, report):
        _add(store, report, batch, now, count)
        seen_failing |= {r.location for r in batch.refused}
        done_bytes += batch.size
        tally = report.tally
        on_batch(Progress(done_bytes + listing.known_bytes, listing.bytes, tally.pages - tally.known, tally.new))
    readers.end()  # frees their memory for the rest of the run
    report.skipped_files = listing.skipped_files
    if listing.unlisted:
        _add(store, report, Batch(refused=listing.unlisted), now, count)
        seen_failing |= {r.location for r in listing.unlisted}
    forget_gone(store, config, seen_failing)
    return report


def forget_gone(store: Store, config: Config, seen: set[str]) -> None:
    """Drop the errors of files that no longer exist; those at the locations in `seen` do."""
    failed = [location for location in failed_files(store) if location not in seen]
    forget_files(store, [location for location in failed if not exists_at(location, config)])


def batches(intakes: Iterable[tuple[PageFile, Intake]], most: int, report: IngestReport) -> Iterator[Batch]:
    """Group intakes into batches of at most `most` pages.

    A file belongs to the batch of its last page, so that a run killed before that reads it again.
    """
    batch = Batch()
    pages, last = 0, None
    damages: list[RefusedFile] = []
    for file, intake in intakes:
        for page in intake.captures:
            if len(batch) >= most:
                yield batch
                batch = Batch()
            batch.captures.append(page)
            pages, last = pages + 1, page
        batch.size += intake.size
        damages += intake.damages
        report.skipped_records.update(intake.skipped_records)
        if not intake.ends:
            continue
        if intake.refused is not None:
            if len(batch) >= most:
                yield batch
                batch = Batch()
            batch.refused.append(RefusedFile(file.location, file.size, intake.refused))
        else:
            single = last.capture_id if last and last.location == file.location else None
            batch.files.append(ReadFile(file, intake.is_stable, pages, single, tuple(damages), intake.whole))
        pages, last, damages = 0, None, []
    if batch.captures or batch.refused or batch.files:
        yield batch


def _add(store: Store, report: IngestReport, batch: Batch, now: dt.datetime, count: AddTally) -> None:
    report.tally = report.tally.plus(add_captures(store, batch, now, count))
    report.note(batch)


def remark_on(reading: Reading) -> str:
    """Return the line that a run prints about a page."""
    if reading.outcome is Outcome.CONFLICT:
        values = Counter(variant.quote.pair for variant in reading.variants)
        pairs = sorted(pair for pair, different in values.items() if different > 1)
        return f"conflict: the repeats disagree{' on ' + ', '.join(pairs) if pairs else ''}; see problems"
    return f"{reading.outcome}: {reading.detail}" if reading.outcome is not Outcome.OK else str(reading.detail)


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
