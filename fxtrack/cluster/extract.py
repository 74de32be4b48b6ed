"""Extraction: lists files, hands those without parts to an engine, and reports what came."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fxtrack.cluster.engines.local import run_locally
from fxtrack.cluster.folder import announced, folder_at
from fxtrack.cluster.parts import Mark, marked_names
from fxtrack.cluster.records import RecordList
from fxtrack.cluster.task import EndedTask, Plan, extract_unit
from fxtrack.cluster.unit import WHOLE, Shard, Unit, reading_settings, unit_of_unlisted, units_of
from fxtrack.config.config import Config
from fxtrack.ingest.ingest import FileListing, IngestReport
from fxtrack.model.page import PageFile
from fxtrack.model.run import Progress, Tally, counted

RunTasks = Callable[[Iterator[Unit], Plan], Iterator[EndedTask]]
"""An engine: yields each unit as its task ends, in any order."""


@dataclass(slots=True)
class Extraction:
    """The result of an extraction.

    Attributes:
        names: of the units that have parts now, of this and earlier extractions.
        files: number of files that were read; `known_files` had parts already.
        captures: pages that were read.
        lost: file and reason of each task that failed.
        notes: counts and remarks, as of an ingest.
    """

    names: set[str] = field(default_factory=set)
    files: int = 0
    known_files: int = 0
    captures: int = 0
    lost: list[tuple[str, str]] = field(default_factory=list)
    notes: IngestReport = field(default_factory=IngestReport)

    @property
    def record(self) -> dict[str, Any]:
        """The result as names and values."""
        return {
            "files": self.files,
            "known_files": self.known_files,
            "pages": self.captures,
            "lost": [{"location": location, "reason": reason} for location, reason in self.lost],
            **self.notes.record,
        }

    @property
    def summary(self) -> str:
        """One line of counts."""
        return (
            f"{counted(self.files, 'file')} read, {self.known_files:,} known, {len(self.lost):,} lost: "
            f"{counted(self.captures, 'page')}, {self.notes.refused:,} unreadable"
        )

    def add(self, mark: Mark) -> None:
        """Count a unit that is done."""
        self.names.add(mark.name)
        self.files += sum(file.size is not None for file in mark.files)
        self.captures += mark.captures
        mark.add_to(self.notes)


def extract_parts(  # noqa: PLR0913 -- a shard and a callback besides
    config: Config, listing: FileListing, target: str, now: dt.datetime, *,
    engine: RunTasks | None = None, shard: Shard = WHOLE, files: Iterator[PageFile] | None = None,
    records: RecordList | None = None,
    on_task: Callable[[Progress], None] = lambda _progress: None,
) -> Extraction:  # fmt: skip
    """Read files and write their rows as parts. Files that have parts are not read again.

    Args:
        config: the configuration in force.
        listing: the files, by absolute paths.
        target: the folder of parts, an absolute path.
        now: start of the extraction, UTC.
        engine: runs the tasks, where processes of this machine do not.
        shard: the files to read; all unless given.
        files: those of the listing to consider; all unless given.
        records: the only ones to read, in place of the listing.
        on_task: called with the progress after each task.

    Raises:
        PageError: one of the listed paths does not exist.
        FxtrackError: the target cannot be used, or no node can do the work.
    """
    folder = folder_at(target)
    folder.make()
    done = marked_names(folder)
    settings = reading_settings(config)
    report = Extraction()
    done_bytes = 0

    def new_units() -> Iterator[Unit]:
        nonlocal done_bytes
        listed = units_of(_files_of(files or listing.all(), shard), settings)
        for unit in records.units(settings, shard) if records else listed:
            if unit.name not in done:
                yield unit
                continue
            report.names.add(unit.name)
            report.known_files += len(unit.files)
            done_bytes += unit.part.size

    with announced(folder) as token:
        plan = Plan(config, settings, target, token, now, elsewhere=engine is not None)
        for unit, mark, reason in (engine or run_locally)(new_units(), plan):
            if mark:
                report.add(mark)
                report.notes.remark([reason] if reason else [])
            else:
                report.lost += [(file.location, reason or "") for file in unit.files]
            done_bytes += unit.part.size
            total = records.size if records else listing.bytes
            on_task(Progress(done_bytes + listing.known_bytes, total, report.captures, report.captures))
        if listing.unlisted and shard.number == 0:
            unit = unit_of_unlisted(listing.unlisted, listing.files, settings)
            report.add(extract_unit(unit, plan))
    report.notes.skipped_files = listing.skipped_files
    if records:
        report.lost += records.missing
        report.notes.skipped_records += records.skipped
        report.notes.remark(records.remarks)
    report.notes.tally = Tally(pages=report.captures + report.notes.refused)
    return report


def _files_of(files: Iterator[PageFile], shard: Shard) -> Iterator[tuple[int, PageFile]]:
    return ((number, file) for number, file in enumerate(files) if number % shard.of == shard.number)
